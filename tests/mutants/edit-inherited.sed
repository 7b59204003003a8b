# what covers all below a ref is forgotten
# common/table/edit.c
s/inherited = REF_LEAF | items\[above\].slot;/;/
