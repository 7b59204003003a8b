# rules of other sets come between two of one identity
# common/table/duplicates.c
s/diff = (int)a->set - (int)b->set;/;/
