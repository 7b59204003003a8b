# AF_UNSPEC in a send
# world: rules/user
s/(case AF_UNSPEC:\n\t\tif \()is_tcp\(sock, sk\)\)/\1true)/
