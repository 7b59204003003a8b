# the second half of an address does not matter
# bpf/ip.h
s/ | first_bits(prefix->d\[1\] ^ ip->d\[1\], low);/;/
