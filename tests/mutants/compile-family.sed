# IPv6 rules lie where IPv4 ones are looked for
# common/table/compile.c
s/\[v4 ? 0 : 1\] = root;/[0] = root;/
