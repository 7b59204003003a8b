# the rule behind the one that is meant is changed
# common/table/change.c
s/draft->origin\[middle\] <= slot/draft->origin[middle] <= slot + 1/
