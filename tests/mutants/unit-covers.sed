# a filter by a unit goes below what is no slice
# common/rule/subject.c
s/if (!cgroup_name_fits("\*" UNIT_SLICE, strlen("\*" UNIT_SLICE), path, size))/if (false)/
