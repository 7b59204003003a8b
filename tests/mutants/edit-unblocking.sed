# a rule that changes to allow counts as one that blocks
# common/table/edit.c
s/count_blocking(t, old, -1);/;/
