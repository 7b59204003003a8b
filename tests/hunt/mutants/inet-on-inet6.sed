# an IPv4 address on an IPv6 socket, in a send
# world: rules/user
s/(switch \(address\.family\) \{\n\tcase AF_INET:)/\1\n\t\tif (sk->__sk_common.skc_family == AF_INET6)\n\t\t\treturn 0;/
