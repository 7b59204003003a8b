# the last user of a range is not in it
# bpf/abi.h
s/return uid - (__u32)(id >> 32) <= /return uid - (__u32)(id >> 32) < /
