# the routing header in a flow label
# world: rules/user
s/ \|\| optname == IPV6_FLOWLABEL_MGR//
