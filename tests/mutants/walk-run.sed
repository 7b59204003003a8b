# a run of refs begins one value late
# bpf/walk.h
s/((2u << (byte & 31)) - 1)/((1u << (byte \& 31)) - 1)/
