# one rule less is looked at than may be there
# bpf/walk.h
s/step < WALK_STEPS;/step < WALK_STEPS - 1;/
