# a rule that hides others is changed as if it did not
# common/table/edit.c
s/hides(t, rule) || !keeps_place/!keeps_place/
