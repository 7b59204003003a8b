# shorter prefixes are not looked at
# common/table/link.c
s/= depth ? REF_LEAF | outer\[depth - 1\].slot : 0;/= 0;/
