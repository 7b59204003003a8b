# a hit in the first unit of time is none
# bpf/abi.h
s/return (ns >> LAST_HIT_SHIFT) + 1;/return ns >> LAST_HIT_SHIFT;/
