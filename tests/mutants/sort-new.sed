# a new rule comes before one in force
# common/table/sort.c
s/a->id - 1 < b->id - 1/a->id < b->id/
