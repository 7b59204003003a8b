# the ninth range of users is the first
# bpf/walk.h
s/h->subjects + i \/ (LINE_WORDS \/ 2)/h->subjects/
