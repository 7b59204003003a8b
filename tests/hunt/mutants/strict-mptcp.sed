# strict: MPTCP
# world: strict/user
s/ \|\| protocol == IPPROTO_MPTCP//
