# rules of a pair get one count
# common/table/store.c
s/at->hits\[slot % 2\] = counter->hits;/at->hits[0] = counter->hits;/
