# rules that differ in verdict or errno alone are no conflict
# common/table/duplicates.c
s/return (uint32_t)a->action == (uint32_t)b->action && extra_equal/return extra_equal/
