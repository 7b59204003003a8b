# any protocol wins over a named one
# common/table/sort.c
s/return any_a - any_b;/return any_b - any_a;/
