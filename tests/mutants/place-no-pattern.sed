# a pattern that is not there fits nothing
# bpf/place.h
/if (prefix == PLACE_BROKEN)/{n;s/PLACE_BROKEN/0/}
