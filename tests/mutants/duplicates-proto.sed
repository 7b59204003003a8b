# rules of one port are not put in order by protocol, so that equal ones lie apart
# common/table/duplicates.c
s/diff = (int)action_proto(a->action) - (int)action_proto(b->action);/diff = 0;/
