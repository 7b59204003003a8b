# all of IPv6 is IPv4 too in a run
# common/run/reach.c
s/!entry_for(reach, &any4, err)/0 \&\& !entry_for(reach, \&any4, err)/
