# 0.0.0.0 on a socket that is tied to a device
# world: rules/user
s/sk->__sk_common\.skc_bound_dev_if \|\|/0 ||/
s/\(level == SOL_SOCKET && \(optname == SO_BINDTODEVICE \|\| optname == SO_BINDTOIFINDEX\)\) \|\|/0 ||/
