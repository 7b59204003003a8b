# ids are given twice
# common/table/edit.c
s/store(&t->config->last_id, rule->id);/;/
