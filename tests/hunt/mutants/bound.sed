# 0.0.0.0 on a bound socket
# world: rules/user
s/return is_ipv4_source\(sk->__sk_common\.skc_rcv_saddr\) \|\| is_ipv6_source\(&bound\) \|\|/return/
s/\(mark->source && !to_peer\) \|\| //
