# the map of cgroups of the ruleset that may come back is gone
# common/table/bind.c
s/	drop(t, slot);\n	if (!places)/&/; s/^	ret = b.map < 0 ? -errno : 0;$/	drop(t, !slot);\n&/
