# a text that is not there differs from every name
# bpf/place.h
s/^\t\treturn -1;/\t\treturn 1;/
