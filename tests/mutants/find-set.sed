# a rule is found in another set
# common/table/find.c
s/->set != search->rule->set)/->set + 1 == search->rule->set)/
