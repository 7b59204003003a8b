# a text at the end of the arena is looked for behind it
# common/table/decode.c
s/left < most ? left : most;/left ? most : 0;/
