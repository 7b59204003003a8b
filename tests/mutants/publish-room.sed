# maps are used again that have no room
# common/table/next.c
s/ && max\[RULES\] >= rules && / \&\& /
