# maps are used again that have no room
# common/table/publish.c
s/ && max\[RULES\] >= rules && / \&\& /
