# whoever is killed leaves half a change, and nobody knows
# common/table/edit.c
s/store(&t->config->pending, 1);/;/
