# a line that comes in between becomes the last rule
# common/table/replace_edits.c
s/bool ok = come <= go || slots\[go\] == LAST;/bool ok = true;/
