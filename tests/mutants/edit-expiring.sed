# nobody looks at the clock for a new rule with a timeout
# common/table/edit.c
s/store(&t->header->expiring, t->header->expiring + 1);/;/
