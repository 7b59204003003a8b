# one rule less is looked at than may be there
# bpf/walk.h
s/q, WALK_STEPS);/q, WALK_STEPS - 1);/
