# the source that an SMC socket may have, which 0.0.0.0 stands for
# world: rules/user
s/sk->__sk_common\.skc_family == AF_SMC \|\| sk->sk_protocol == IPPROTO_SMC \|\| //
