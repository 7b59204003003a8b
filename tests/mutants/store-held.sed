# a generation that a reader holds is free
# common/table/store.c
s/lock.l_type != F_UNLCK;/lock.l_type == F_UNLCK;/
