# a subject comes again, for a cgroup above
# common/table/places.c
s/if (again)/if (false)/
