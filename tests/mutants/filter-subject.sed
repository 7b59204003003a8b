# the filter does not know of users and cgroups
# common/table/filter.c
s/mention_new(f, FILTER_SUBJECTS, bit, bit);/(void)bit;/
