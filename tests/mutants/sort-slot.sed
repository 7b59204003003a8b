# new rules come in any order
# common/table/sort.c
s/diff : a->slot < b->slot ? -1 : 1;/diff : a->slot < b->slot ? 1 : -1;/
