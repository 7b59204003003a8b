# the settings come after the rules
# common/table/publish.c
/^\tt->config->settings\[slot\] = \*p->settings;/d
s/^\twaited = first/\tt->config->settings[slot] = *p->settings;\n&/
