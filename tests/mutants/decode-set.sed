# rules of two sets are one
# common/table/decode.c
s/a->set == b->set && //
