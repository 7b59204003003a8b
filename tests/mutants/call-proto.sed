# raw sockets have protocol 0
# bpf/call.h
s/CALL_PROTO_SHIFT & 0x1ff;/CALL_PROTO_SHIFT \& 0xff;/
