# 0.0.0.0 with IP_PKTINFO
# world: rules/user
s/head->type == IP_PKTINFO \? CMSG_SOURCE : 0/0/
