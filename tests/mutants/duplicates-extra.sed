# rules with another comment or timeout are no conflict
# common/table/duplicates.c
s/extra_equal(draft_extra(draft, a), draft_extra(draft, b));/true;/
