# the idle slot is filled while programs may look there
# common/table/publish.c
s/(t->config->pending || t->config->trial_until) && t->header/false/
