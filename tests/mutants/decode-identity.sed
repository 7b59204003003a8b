# rules that differ in the end of their ports are one
# common/table/decode.c
s/a->port_hi == b->port_hi && a->subject/a->subject/
