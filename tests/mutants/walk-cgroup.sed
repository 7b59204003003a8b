# a place may lead to a subject that is no cgroup
# bpf/walk.h
s/return kind == SUBJECT_CGROUP ? REF_BROKEN : 0;/return 0;/
