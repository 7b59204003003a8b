# the bytes of an IPv4 address are looked for in the front
# bpf/walk.h
s/high = low << 32;/;/
