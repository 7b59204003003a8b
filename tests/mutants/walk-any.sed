# a call without ports matches no rule
# bpf/walk.h
s/ \* ((hi - lo) ^ 0xffff);/;/
