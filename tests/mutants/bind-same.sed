# rules for other paths keep the old map of cgroups
# common/table/bind.c
s/if (memcmp(&heads\[0\], &heads\[1\], sizeof(heads\[0\])) != 0)/if (false)/; s/if (!from || !to || memcmp(from, to, sizeof(\*from)) != 0)/if (false)/
