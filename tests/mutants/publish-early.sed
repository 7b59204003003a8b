# the filters forget the old rules while programs decide by them
# common/table/publish.c
s/^\twaited = first/\tfilters_narrow(t, p->filters);\n&/
