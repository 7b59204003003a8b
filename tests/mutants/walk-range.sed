# the ninth range of users is the first
# bpf/walk.h
s/RANGE_LINES + i \/ (LINE_WORDS \/ 2)/RANGE_LINES/
