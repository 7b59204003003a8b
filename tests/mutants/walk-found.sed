# what was found has no action
# bpf/walk.h
s/(__u64)(__u32)rule->action << 32 | ref : FOUND_BROKEN;/ref : FOUND_BROKEN;/
