# a text without an end takes the place of its NUL
# common/table/decode.c
s/strnlen(from, size < room ? size : room - 1)/strnlen(from, size)/
