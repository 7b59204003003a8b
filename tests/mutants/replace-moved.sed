# another order is no change
# common/table/replace.c
s/j->moved |= draft->origin\[slot\] < last;/;/
