# a twin is one of itself
# common/table/read.c
s/ || !strcmp(info.spec.set, twins->identity->set))/)/
