# a new line that is there twice becomes two rules
# common/table/replace_edits.c
s/ || find_rule(copy, &rule) >= 0)/)/
