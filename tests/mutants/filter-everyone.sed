# the first rule for everyone that is added in place is in no filter
# common/table/filter.c
s/int ret = rule->subject ? 0 : mention_live(t, FILTER_KINDS, SUBJECT_EVERYONE, SUBJECT_EVERYONE);/int ret = 0;/
