# addresses of another type than asked for count
# bpf/dns.h
s/type == dns->type && //
