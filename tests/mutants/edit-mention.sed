# the filters do not know of a new rule
# common/table/edit.c
s/ || tables_mention(t, rule) || / || /
