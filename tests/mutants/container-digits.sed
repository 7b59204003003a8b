# any beginning of an id counts
# common/rule/container.c
s/#define SHORT_LEN 4/#define SHORT_LEN 1/
