# the routing header as a control message
# world: rules/user
s/head->type == IPV6_RTHDR \|\| head->type == IPV6_2292RTHDR/head->type == IPV6_2292RTHDR/
