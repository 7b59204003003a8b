# single addresses become all addresses
# bpf/abi.h
s/return action >> 9 & 0xff;/return action >> 9 \& 0x7f;/
