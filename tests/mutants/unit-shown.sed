# a unit is shown by the name of its cgroup
# common/rule/unit.c
s/return cgroup + (\*cgroup == '_');/return cgroup;/
