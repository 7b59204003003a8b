# a short IPv6 prefix is mentioned by its first /32 alone
# common/table/filter.c
s/1u << (32 - m->len) : 1)/1u : 1)/
