# one user more than an index has room for
# common/table/intern.c
s/if (in->n_subjects > UINT16_MAX)/if (in->n_subjects > UINT16_MAX + 1)/
