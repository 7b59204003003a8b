# a large generation that nobody needs stays
# common/table/publish.c
s/if (t->header && !store_is_small/if (false \&\& !store_is_small/
