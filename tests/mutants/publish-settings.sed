# the settings come after the rules
# common/table/publish.c
/^\tpublish_settings(t->config, slot, p->settings);/d
s/^\twaited = first/\tpublish_settings(t->config, slot, p->settings);\n&/
