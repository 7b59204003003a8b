# the settings come after the rules
# common/table/publish.c
/^\tt->config->settings\[slot\] = \*p->settings;/d
s/^\twaited = wait_for_programs/\tt->config->settings[slot] = *p->settings;\n&/
