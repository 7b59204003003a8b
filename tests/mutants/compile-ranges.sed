# one range fewer than there may be
# common/table/compile.c
s/ranges_of(source, SUBJECT_UID, ids) > ID_RANGES/ranges_of(source, SUBJECT_UID, ids) >= ID_RANGES/
