# a step that is not there is another
# bpf/place.h
/if (its == PLACE_BROKEN)/{n;s/return PLACE_BROKEN/continue/}
