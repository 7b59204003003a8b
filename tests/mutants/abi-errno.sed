# errnos above 63 become others
# bpf/abi.h
s/return action >> 2 & 0x7f;/return action >> 2 \& 0x3f;/
