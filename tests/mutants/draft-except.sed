# the set that is replaced stays too
# common/table/draft.c
s/ || rule->set == except)/)/
