# the IPv4 source route as a control message
# world: rules/ns
s/head->type == IP_RETOPTS \? CMSG_ELSEWHERE : //
