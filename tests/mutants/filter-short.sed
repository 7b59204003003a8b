# a very short IPv6 prefix is mentioned by its first 12 bits alone
# common/table/filter.c
s/last = first | (m->len < 12 ? 0xfffu >> m->len : 0);/last = first;/
