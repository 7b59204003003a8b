# further SCTP peers as control messages
# world: rules/user
s/return head->type == SCTP_DSTADDRV4 \|\| head->type == SCTP_DSTADDRV6 \? CMSG_ELSEWHERE : 0/return 0/
