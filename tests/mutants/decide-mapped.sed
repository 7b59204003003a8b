# an IPv4 address in an IPv6 one is judged as it is, zero or not
# bpf/decide.h
s/if (ip_is_v4(addr))/if (0)/
