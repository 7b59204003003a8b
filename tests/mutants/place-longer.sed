# a pattern fits a name that is too short for it
# bpf/place.h
s/prefix > len || suffix > len - prefix)/suffix > len)/
