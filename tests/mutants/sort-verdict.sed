# audit wins over block
# common/table/sort.c
s/\[VERDICT_BLOCK\] = 0, \[VERDICT_AUDIT\] = 1/[VERDICT_BLOCK] = 1, [VERDICT_AUDIT] = 0/
