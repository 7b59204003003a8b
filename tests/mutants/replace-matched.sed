# a rule that stays counts as removed too
# common/table/replace.c
s/j->matched\[old_slot\] = 1;/;/
