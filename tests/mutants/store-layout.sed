# the tables of another layout are taken for ours
# common/table/store.c
s/t->config->layout != LSMCTL_LAYOUT/false/
