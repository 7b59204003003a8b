# rules whose time is up count in their set
# common/table/read.c
s/if (extra && extra->expires && extra->expires <= now)/if (false)/
