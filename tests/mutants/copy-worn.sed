# edits are copied for ever, and never compiled
# common/table/edit.c
s/> size \/ 2 + WORN_LEAST;/> UINT64_MAX - 1;/
