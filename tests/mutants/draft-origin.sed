# rules that stay get the counters of others where some are dropped
# common/table/draft.c
s/draft->origin\[to++\] = draft->origin\[i\];/to++;/
