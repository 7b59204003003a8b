# 0.0.0.0 stands for itself
# bpf/ip.h
s/ || (ip_is_v4(ip) && !ip->w\[3\]);/;/
