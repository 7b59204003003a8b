# the last address of a prefix is not mentioned
# common/table/filter.c
s/~0u >> (31 - to % 32)/~0u >> (32 - to % 32) % 32/
