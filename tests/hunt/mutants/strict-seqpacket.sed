# strict: the protocol that a socket has
# world: strict/user
s/ \|\| !sk \|\| !has_more_peers\(sk->sk_protocol\)\)/ || true)/
