# new lines lie where others do
# common/table/edit.c
s/store(&c->t->header->lines, c->arena.n);/;/
