# 0.0.0.0 in a sendmmsg whose later message has IP_PKTINFO
# world: rules/user
s/\(send & CMSG_SOURCE \|\| msg->msg_flags & MSG_BATCH\)/(send \& CMSG_SOURCE)/
