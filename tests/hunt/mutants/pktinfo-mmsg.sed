# 0.0.0.0 in a sendmmsg whose later message has IP_PKTINFO
# world: rules/user
s/\(effect & CMSG_SOURCE \|\| msg->msg_flags & MSG_BATCH\)/(effect \& CMSG_SOURCE)/
