# rules of a range of users are not found
# common/table/decode.c
s/? uids_id(spec->uid, spec->uid_to) : spec->uid;/? uids_id(spec->uid, spec->uid) : spec->uid;/
