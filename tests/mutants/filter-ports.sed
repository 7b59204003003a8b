# a call is not told that some wide rule has ports
# common/table/filter.c
s/fn(arg, FILTER_PORTS, NO_PORT, NO_PORT);/0;/
