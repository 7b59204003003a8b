# an IPv6 address of 24 bytes in connect
# world: rules/user
s/if \(addrlen < SOCKADDR_IN6_LEN\)\n\t\t\treturn -EINVAL;/if (addrlen < SOCKADDR_IN6_FULL)\n\t\t\treturn 0;/
