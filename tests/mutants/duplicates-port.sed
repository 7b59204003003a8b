# nor by the end of the port range
# common/table/duplicates.c
s/diff = (int)a->port_hi - (int)b->port_hi;/diff = 0;/
