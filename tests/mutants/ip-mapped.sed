# any address with ffff in its fifth 16 bits is IPv4
# bpf/ip.h
s/return !ip->d\[0\] && ip->w\[2\] == MAPPED_PREFIX;/return ip->w[2] == MAPPED_PREFIX;/
