# longer prefixes come before shorter ones
# common/table/sort.c
s/return diff ? diff : (int)a->len - (int)b->len;/return diff ? diff : (int)b->len - (int)a->len;/
