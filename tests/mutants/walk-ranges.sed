# there may be any number of ranges of users
# bpf/walk.h
s/h->ranges\[list \& 1\] <= ID_RANGES ? line_at(g, at) : NULL/line_at(g, at)/
