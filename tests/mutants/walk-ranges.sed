# there may be any number of ranges of users
# bpf/walk.h
s/h->ranges <= UID_RANGES ? line_at(g, at) : NULL/line_at(g, at)/
