# a pattern comes before a path of the same level
# common/table/path.c
s/return one->stars ? 1 : -1;/return one->stars ? -1 : 1;/
