# a walk that does not end finds no rule
# bpf/walk.h
s/return ref ? FOUND_BROKEN : 0;/return 0;/
