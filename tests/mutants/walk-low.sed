# ports below a range are in it
# bpf/walk.h
s/((port - lo) >> 31 | (hi - port) >> 31)/((hi - port) >> 31)/
