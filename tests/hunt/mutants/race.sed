# 0.0.0.0 against a bind in another thread
# world: rules/user
s/\(mark->source && !to_peer\) \|\| //
s/if \(!mark->any \|\| is_alone\(sock\)\)/if (true)/
