# half a trial keeps writers out
# common/table/store.c
s/until > now && t->config->generation != t->config->fallback/until > now/
