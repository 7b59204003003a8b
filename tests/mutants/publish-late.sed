# what was counted before counts twice
# common/table/publish.c
s/old.hits - copy\[i\].hits, /old.hits, /
