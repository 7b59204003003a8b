# the second subject of a place is asked first
# bpf/place.h
s/arena_word(g, list + 1 + i);/arena_word(g, list + n - i);/
