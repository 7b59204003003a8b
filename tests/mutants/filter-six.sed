# a prefix of 48 bits or more is mentioned as one of 32
# common/table/filter.c
s/m->len < 48 ? hash :/m->len < 129 ? hash :/
