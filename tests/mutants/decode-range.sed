# rules of a range of users are not found
# common/table/decode.c
s/? range_id(spec->id, spec->id_to) : spec->id;/? range_id(spec->id, spec->id) : spec->id;/
