# a line of places that is not there holds no step
# bpf/place.h
/^static inline __u32 arena_word(/,/^}/s/ : PLACE_BROKEN;/ : 0;/
