# the runner-up is the last of the twins
# common/table/read.c
s/precedence_compare(twin, best) < 0/precedence_compare(twin, best) > 0/
