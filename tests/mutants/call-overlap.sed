# the generation is where raw sockets are told by
# bpf/call.h
s/^#define CALL_GENERATION_SHIFT 27/#define CALL_GENERATION_SHIFT 26/
