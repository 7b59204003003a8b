# the last byte of an IPv6 address is not looked at
# bpf/walk.h
s/depth < 16; depth++/depth < 15; depth++/
