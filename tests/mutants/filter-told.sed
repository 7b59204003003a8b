# ports of rules for nearly all addresses are not told of
# common/table/filter.c
s/special.ports, 1/special.ports, 0/
