# strict: packet sockets
# world: strict/ns
s/\tcase AF_PACKET: \/\* whole frames \*\/\n//
