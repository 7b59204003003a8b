# IPv6 in a send
# world: rules/user
s/(\tcase AF_INET6:\n\t\tif \(len < SOCKADDR_IN6_LEN\)\n\t\t\treturn )-EINVAL;/\10;\n\t\tif (true)\n\t\t\treturn 0;/
