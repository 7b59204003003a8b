# a rule whose time is up gives its id to the one that is made again
# common/table/replace.c
s/(!action_extra(rule->action) || decode_rule(&j->r->rs->t, slot, j->now, &info))/true/
