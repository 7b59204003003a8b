# 0.0.0.0 against a bind in another thread
# world: rules/user
s/return mark->source \|\| \(sock->type != SOCK_STREAM && !is_alone\(sock\)\)/return sock->type != SOCK_STREAM \&\& !is_alone(sock)/; s/if \(!mark->any \|\| is_alone\(sock\)\)/if (true)/
