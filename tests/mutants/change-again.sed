# a rule whose time is up keeps its old entry when it is made again
# common/table/change.c
/^static enum edit put_in_place/,/^}/s/if (slot >= 0 && edit_remove(t, (uint32_t)slot) != EDIT_DONE)/if (false)/
