# the settings come after the rules
# common/table/publish.c
/^\tsettings_put(t->config, slot, p->settings);/d
s/^\twaited = first/\tsettings_put(t->config, slot, p->settings);\n&/
