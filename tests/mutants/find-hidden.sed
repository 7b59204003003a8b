# a hidden rule is not found
# common/table/find.c
s/search.twin && rule->set)/search.twin \&\& !rule->set)/
