# the routing header as an option
# world: rules/user
s/\(optname == IPV6_RTHDR \|\| optname == IPV6_2292PKTOPTIONS/(optname == IPV6_2292PKTOPTIONS/
