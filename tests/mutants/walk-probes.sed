# a user whose place in the hash is taken has no rules
# bpf/walk.h
s/i < SUBJECT_PROBES; i++, at++/i < 1; i++, at++/
