# the IPv4 source route as an option
# world: rules/ns
s/\(level == SOL_IP && optname == IP_OPTIONS\) \|\|/0 ||/
