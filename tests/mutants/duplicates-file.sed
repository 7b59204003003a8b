# the first rule of a file is told as one of the file before
# common/table/duplicates.c
s/files\[i\].first > slot - dup->kept/files[i].first >= slot - dup->kept/
