# a prefix does not cover one that is a bit longer
# common/table/link.c
s/outer->len > inner->len/outer->len + 2 > inner->len/
