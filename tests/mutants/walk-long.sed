# a prefix may be longer than an address
# bpf/walk.h
s/ || action_len(rule->action) > 128)/)/
