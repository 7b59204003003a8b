# the last of several rules stays, not the first
# common/table/duplicates.c
s/x->slot < y->slot ? -1 : 1/x->slot < y->slot ? 1 : -1/
