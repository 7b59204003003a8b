# refs that are not there are none
# bpf/walk.h
s/return refs ? refs->w\[at % LINE_WORDS\] : REF_BROKEN;/return refs ? refs->w[at % LINE_WORDS] : 0;/
