# a unit is found at the root only, and below no slice
# common/table/places.c
s/at = want->stays ? want->at : want->at + 1;/at = want->at + 1;/
