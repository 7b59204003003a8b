# as many rules as may be put in place are compiled
# common/table/change.c
s/todo > IN_PLACE ||/todo >= IN_PLACE ||/
