# everyone gets the mark that it is used as a number
# common/table/intern.c
s/subjects\[0\] = sets\[0\] = 0;/;/
