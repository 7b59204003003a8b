# bits are counted wrong
# bpf/walk.h
s/(word & 0x33333333) + (word >> 2 & 0x33333333)/(word \& 0x33333333) + (word >> 2 \& 0x33333332)/
