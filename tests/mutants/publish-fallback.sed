# a trial goes back to something else
# common/table/publish.c
s/t->config->fallback = t->generation;/;/
