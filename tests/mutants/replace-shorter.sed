# a file with more rules at its end is no change
# common/table/replace_edits.c
s/if (w.slot == LAST && w.rule == r->draft.n)/if (w.slot == LAST)/
