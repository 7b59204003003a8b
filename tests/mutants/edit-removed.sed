# a removed rule keeps its id
# common/table/edit.c
s/store(&rule->id, 0);/;/
