# a call without ports has port 0
# bpf/call.h
s/return call & 0x1ffff;/return call \& 0xffff;/
