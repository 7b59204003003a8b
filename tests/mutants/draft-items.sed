# sorted rules keep the numbers of users that others have now
# common/table/draft.c
s/draft->items\[i\].subject = subjects\[draft->items\[i\].subject\];/;/
