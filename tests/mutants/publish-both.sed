# the settings of the idle slot stay what they were
# common/table/publish.c
s/t->config->settings\[old\] = \*p->settings;/;/
