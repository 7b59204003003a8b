# a range of users begins with none
# bpf/abi.h
s/(__u32)(id >> 32) : 0;/0 : 0;/
