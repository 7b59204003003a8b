# the last letters of a label do not count
# bpf/dns.h
s/dns_small(dns_first(\(.*\), n))/dns_small(dns_first(\1, n) \& 0xffffffffffffff)/
