# where edits give up, each change is told twice
# common/table/replace.c
s/^\tresult->each = NULL;/\t;/
