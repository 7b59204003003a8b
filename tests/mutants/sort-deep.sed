# addresses that are alike in 32 bits are not sorted by the others
# common/table/sort.c
s/if (j - i > 1)$/if (j - i > n)/
