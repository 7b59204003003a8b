# audit is no stricter than allow
# bpf/decide.h
s/1 << 2 \* VERDICT_AUDIT/0 << 2 * VERDICT_AUDIT/
