# a ref to no rule finds no rule
# bpf/walk.h
s/^\t\t\treturn FOUND_BROKEN;/\t\t\treturn 0;/
