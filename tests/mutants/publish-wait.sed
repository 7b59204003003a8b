# nobody waits for programs that decide by the old rules
# common/table/publish.c
s/waited = wait_for_programs(t, &made\[ARENA\], slot);/waited = 0;/
