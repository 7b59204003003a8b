# a TTL with the highest bit set is long
# bpf/dns.h
s/ttl >> 31 || //
