# places for units end where those of the paths do
# common/table/places.c
s/to->depth = b->paths\[i\].unit ? CGROUP_DEPTH - 1 : to->depth;/(void)i;/
