# new rules get the counts of others that had their slots
# common/table/publish.c
s/ret = next_fill(&made\[COUNTERS\], NULL, 0, is_new);/ret = 0;/
