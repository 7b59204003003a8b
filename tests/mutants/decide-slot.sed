# the rule that decided is not kept
# bpf/decide.h
s/d->slot = slot;/;/
