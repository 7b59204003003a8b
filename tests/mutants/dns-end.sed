# a name may go on behind the message
# bpf/dns.h
s/at >= dns->len/0/
