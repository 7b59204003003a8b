# sctp_connectx
# world: rules/user
s/ret = judge_peer\([^;]*;/ret = 0;/
