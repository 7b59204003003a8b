# a pointer in a name may lead into the head
# bpf/dns.h
s/to < DNS_HEAD || //
