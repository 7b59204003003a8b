# a pointer in a name may lead forward
# bpf/dns.h
s/ || to >= dns->before//
