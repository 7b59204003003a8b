# a place for a unit has one cgroup
# common/table/places.c
s/ && !b.paths\[i\].unit;/;/
