# 0.0.0.0/0 is a prefix of IPv6
# bpf/ip.h
s/return len >= 96 && ip_is_v4(ip);/return len > 96 \&\& ip_is_v4(ip);/
