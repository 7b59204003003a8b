# the old bits go while programs decide by the old rules
# common/table/filter.c
s/? live\[i\] | f->bits\[filter\]\[i\]/? f->bits[filter][i]/
