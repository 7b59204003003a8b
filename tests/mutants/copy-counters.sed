# a new rule gets the hits of the one that had its slot
# common/table/counters.c
s/return !s->made || (now && now->id == old->id);/return !s->made || now;/
