# the last candidate counts, not the strictest
# bpf/decide.h
s/severity(action) > severity(d->action)/severity(action) >= severity(d->action)/
