# a line that moves is another rule
# common/table/replace_edits.c
s/ && find_rule(t, rule) < 0;/;/
