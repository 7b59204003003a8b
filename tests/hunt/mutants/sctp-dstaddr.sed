# further SCTP peers as control messages
# world: rules/user
s/return head->level == SOL_SCTP && /return false \&\& /
