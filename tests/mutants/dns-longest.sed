# names may have more than 255 bytes
# bpf/dns.h
s/dns->size > DNS_NAME ? 0 : //
