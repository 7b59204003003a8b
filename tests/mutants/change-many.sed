# as many rules as may be put in place are compiled
# common/table/change.c
s/todo > (most > IN_PLACE ? most : IN_PLACE) ||/todo >= (most > IN_PLACE ? most : IN_PLACE) ||/
