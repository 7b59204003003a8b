# bits of one width are looked for in another
# common/table/filter.c
s/: ~0u;$/: live[i];/
