# the sets that are to stay go
# common/table/replace.c
s/if (r->kept_sets\[i\] == set)/if (false)/
