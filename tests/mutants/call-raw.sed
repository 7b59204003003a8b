# a raw socket is like any other
# bpf/call.h
s/return call >> CALL_RAW_SHIFT & 1;/return 0;/
