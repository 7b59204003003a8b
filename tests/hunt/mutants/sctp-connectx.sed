# sctp_connectx
# world: rules/user
s/ret = judge_ip\(&ip, peer_call[^;]*;/ret = 0;/
