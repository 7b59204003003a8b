# 0.0.0.0 is judged as itself
# bpf/decide.h
s/addr ? addr : LOOPBACK4/addr/
