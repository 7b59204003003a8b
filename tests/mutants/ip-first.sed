# a prefix is a bit shorter than it is
# bpf/ip.h
s/__u32 rest = 64 - n,/__u32 rest = n ? 65 - n : 64,/
