# a ref to no node finds no rule
# bpf/walk.h
s/^\t\t\treturn REF_BROKEN;/\t\t\treturn 0;/
