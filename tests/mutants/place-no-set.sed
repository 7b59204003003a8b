# patterns that are not there are none
# bpf/place.h
/if (set == SET_BROKEN)/{n;s/PLACE_BROKEN/0/}
