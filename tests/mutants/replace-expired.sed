# a rule whose time is up gives its id to the one that is made again
# common/table/replace.c
s/if (action_extra(rule->action) && !decode_rule(&j->r->rs->t, slot, j->now, &info))/if (false)/
