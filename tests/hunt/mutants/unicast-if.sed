# 0.0.0.0 on a socket with IP_UNICAST_IF
# world: rules/user
s/ \|\| BPF_CORE_READ\(inet, uc_index\)//
s/\(level == SOL_IP && optname == IP_UNICAST_IF\)/0/
