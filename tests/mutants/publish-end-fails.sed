# a trial ends though what comes in its place cannot be opened
# common/table/publish.c
s/ret = store_open_generation(t);/store_open_generation(t);/
