# a unit is found below anything
# common/table/places.c
s/{"\*" UNIT_SLICE, sizeof("\*" UNIT_SLICE) - 1, 0}/{"*", 1, 0}/
