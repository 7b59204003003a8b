# :: is judged as itself
# bpf/decide.h
s/ip_is_any6(addr) ? &loopback : addr/addr/
