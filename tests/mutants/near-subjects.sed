# the rules of users, groups and cgroups are not found near a destination
# common/table/near.c
s/i < t->header->subjects/i < 1/
