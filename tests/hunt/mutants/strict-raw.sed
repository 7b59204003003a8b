# strict: raw sockets
# world: strict/ns
s/return type == SOCK_RAW \|\| /return /
