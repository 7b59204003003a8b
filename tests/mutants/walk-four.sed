# the bytes of an IPv4 address are looked for in the front
# bpf/walk.h
s/high |= low << 32 & ip_v4_mask(ip);/;/
