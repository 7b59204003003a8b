# rules with one comment share a timeout
# common/table/compile.c
s/extra->expires != last->expires || //
