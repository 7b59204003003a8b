# a hash of steps that is not there has no step
# bpf/place.h
/if (mask == PLACE_BROKEN)/{n;s/PLACE_BROKEN/0/}
