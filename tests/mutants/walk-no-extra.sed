# a timeout that is not there has not passed
# common/table/walk.h
s/extra_is_over(e, g->now) : -1/extra_is_over(e, g->now) : 0/
