# the first rule of a file counts as one of another set
# common/table/duplicates.c
s/if (first < s->dup->kept)/if (first <= s->dup->kept)/
