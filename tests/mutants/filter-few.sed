# a rule for few ports is near the first of its networks alone
# common/table/filter.c
s/filter4_few_bit((first >> 8) + i \/ ports/filter4_few_bit((first >> 8)/
