# a rule in a set comes before one in none
# common/table/sort.c
s/return a->set ? 1 : -1;/return a->set ? -1 : 1;/
