# a rule that ends hides one that does not
# common/table/link.c
s/ && !is_temporary(links, before)//
