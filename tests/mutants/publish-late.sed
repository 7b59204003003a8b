# what was counted before counts twice
# common/table/counters.c
s/old.hits - copy\[i\].hits, /old.hits, /
