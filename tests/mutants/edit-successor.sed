# a removed rule stays linked
# common/table/edit.c
s/then_store(c, &rule->next, next);/;/
