# :: with IPV6_PKTINFO
# world: rules/user
s/return head->type == IPV6_PKTINFO \|\| head->type == IPV6_2292PKTINFO \?/return head->type == IPV6_2292PKTINFO ?/
