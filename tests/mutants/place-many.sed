# a place has as many subjects as its list says
# bpf/place.h
/if (n > PLACE_SUBJECTS)/,+1d
