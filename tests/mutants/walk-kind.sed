# the rules of a user are those of the cgroup with its number
# bpf/walk.h
s/subject->kind != kind || //
