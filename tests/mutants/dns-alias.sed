# an alias may end before its record does
# bpf/dns.h
s/dns_name(data) != data + size/!dns_name(data)/
