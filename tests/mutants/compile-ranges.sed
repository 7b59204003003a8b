# one range fewer than there may be
# common/table/compile.c
s/ranges_of(source, ranges) > UID_RANGES/ranges_of(source, ranges) >= UID_RANGES/
