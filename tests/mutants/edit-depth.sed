# a rule for several values of a byte is put below one of them
# common/table/edit.c
s/len >= 8 \* (c->depth + 1)/len > 8 * c->depth/
