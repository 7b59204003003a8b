# a rule that hides others goes, and they stay hidden
# common/table/edit.c
s/ || hides(t, rule) || !find_ref/ || !find_ref/
