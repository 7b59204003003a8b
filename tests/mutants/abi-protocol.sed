# any protocol becomes protocol 255
# bpf/abi.h
s/return action >> 17 & 0x1ff;/return action >> 17 \& 0xff;/
