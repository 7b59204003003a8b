# a list of subjects ends at a 0
# bpf/place.h
s/return subject ? subject : PLACE_BROKEN;/return subject;/
