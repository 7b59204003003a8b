# twins use up steps
# common/table/link.c
s/linked = sets && links->arena ?/linked = sets \&\& !links->arena ?/
