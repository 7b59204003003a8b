# the widest range of users is asked first
# common/table/compile.c
s/width_a < width_b ? -1 : 1/width_a < width_b ? 1 : -1/
