# what a reader holds is changed in place
# common/table/change.c
s/edit_is_fragmented(&rs->t) || tables_is_held(&rs->t))$/edit_is_fragmented(\&rs->t))/
