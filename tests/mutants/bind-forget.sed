# the map of cgroups that no generation has stays
# common/table/publish.c
/bind_forget(t, old);/d
