# sorted rules keep their slots where others are dropped
# common/table/draft.c
s/draft->items\[n++\].slot = slot;/n++;/
