# other settings with the same rules are no change
# common/table/replace.c
s/if (!t->header || memcmp(&result->before, &result->now, sizeof(result->now)) ||/if (!t->header ||/
s/^\t       memcmp(&result->before, &result->now, sizeof(result->now)) ||/\t       /
