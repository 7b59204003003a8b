# ids begin anew one rule too late, so that one gets the mark of those to be dropped
# common/table/draft.c
s/draft->n >= DRAFT_DROP - \*last_id/draft->n > DRAFT_DROP - *last_id/
