# fe00::/8 is link-local
# bpf/ip.h
s/ && (ip->b\[1\] & 0xc0) == 0x80;/;/
