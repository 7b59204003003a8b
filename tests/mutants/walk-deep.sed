# a node as deep as an address is long passes for a rule
# bpf/walk.h
s/return !ref || ref & REF_LEAF ? ref : REF_BROKEN;/return ref;/
