# the filters forget the old rules while programs decide by them
# common/table/publish.c
s/^\twaited = wait_for_programs/\tfilters_narrow(t, p->filters);\n&/
