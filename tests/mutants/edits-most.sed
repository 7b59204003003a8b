# any number of edits
# common/table/replace_edits.c
s/if (edits->n >= w->r->draft.n \/ EDITS_PART)/if (false)/
