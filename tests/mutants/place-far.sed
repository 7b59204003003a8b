# a place may have any number
# bpf/place.h
s/return p \&\& place <= p->places ?/return p ?/
