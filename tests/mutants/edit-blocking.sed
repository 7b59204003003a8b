# a rule blocks before it counts as one that does
# common/table/edit.c
/count_blocking(t, rule->action, 1);/d
s/^\tstore(&t->header->live, t->header->live + 1);/\tcount_blocking(t, rule->action, 1);\n&/
