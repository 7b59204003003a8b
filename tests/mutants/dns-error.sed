# answers with an error count
# bpf/dns.h
s/ || (is_answer && flags & 0xf)//
