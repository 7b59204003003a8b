# nobody waits for programs that decide by the old rules
# common/table/publish.c
s/waited = first ? 0 : wait_for_programs(t, &made\[ARENA\], slot);/waited = 0;/
