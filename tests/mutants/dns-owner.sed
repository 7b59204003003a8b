# records of any name count
# bpf/dns.h
s/ || dns->hash != dns->wanted//
