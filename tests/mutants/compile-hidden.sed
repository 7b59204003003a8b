# hidden rules are lost
# common/table/compile.c
s/memcpy(subject_of(o->arena, 0)->root, roots, sizeof(roots));/;/
