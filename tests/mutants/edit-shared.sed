# a ref that other addresses share is changed for all of them
# common/table/edit.c
s/shared = shared || (word == c->ref && byte != c->byte);/;/
