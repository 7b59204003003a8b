# the backstop: further SCTP peers
# world: backstop/user
s/return !is_peer\(socket, &packet->ip\);/return false;/
