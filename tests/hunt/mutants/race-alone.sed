# a datagram to 0.0.0.0 against a connect in another thread
# world: rules/user
s/ \|\| \(sock->type != SOCK_STREAM && !is_alone\(sock\)\);/;/
s/if \(!mark \|\| !mark->any \|\| is_alone\(sock\)\)/if (true)/
