# a change of verdict keeps a place that is not its own
# common/table/edit.c
s/(precedence_compare(changed, there) < 0) != passed/false/
