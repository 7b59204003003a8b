# the last id of a range is not in it
# bpf/abi.h
s/return one - (__u32)(id >> 32) <= /return one - (__u32)(id >> 32) < /
