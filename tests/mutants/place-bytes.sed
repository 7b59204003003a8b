# the last bytes of a name are not compared
# bpf/place.h
s/ & first_bytes(len - 8 \* i))$/ \& first_bytes(len - 8 * i) \& (len < 8 * (i + 1) ? 0 : ~0ull))/
