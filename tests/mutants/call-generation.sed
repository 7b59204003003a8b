# a call forgets the generation it began with
# bpf/call.h
s/return call >> CALL_GENERATION_SHIFT & 1;/return 0;/
