# a unit's cgroup has the unit's name, whatever systemd writes before it
# common/rule/unit.c
s/strcpy(cgroup, is_escaped(whole) ? found : whole);/strcpy(cgroup, whole);/
