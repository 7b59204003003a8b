# the tables of a load that was cut short count as loaded
# common/table/store.c
s/t->config->state != STATE_ON)/false)/
