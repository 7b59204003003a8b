# a walk that does not end finds no rule
# bpf/walk.h
s/return ref ? FOUND_BROKEN : found;/return found;/
