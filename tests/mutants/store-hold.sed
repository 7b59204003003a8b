# who holds one generation holds all
# common/table/store.c
s/FIRST_HELD + (off_t)t->generation/FIRST_HELD/
