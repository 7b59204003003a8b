# wide port ranges win
# common/table/sort.c
s/span(a) < span(b) ? -1 : 1/span(a) < span(b) ? 1 : -1/
