# half of a prefix is mentioned
# common/table/filter.c
s/0xffffffffull >> bits/0xffffffffull >> (bits + 1)/
