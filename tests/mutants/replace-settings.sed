# other settings with the same rules are no change
# common/table/replace.c
s/^\t    memcmp(&result->before, &result->now, sizeof(result->now)) ||/\t    /
s/^\t       memcmp(&result->before, &result->now, sizeof(result->now)) ||/\t       /
