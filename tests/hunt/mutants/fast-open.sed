# TCP Fast Open
# world: rules/user
s/if \(is_tcp\(sock, sk\) && !\(msg->msg_flags & MSG_FASTOPEN\)\)/if (is_tcp(sock, sk))/
