# lines of the arena past 65535 become others
# bpf/abi.h
s/return action >> 32;/return (__u16)(action >> 32);/
