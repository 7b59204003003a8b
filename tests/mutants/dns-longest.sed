# names may have more than 255 bytes
# bpf/dns.h
s/i - dns->jumps >= DNS_NAME ? 0 : //
