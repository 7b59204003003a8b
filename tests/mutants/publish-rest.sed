# rules of a longer list stay behind a shorter one
# common/table/publish.c
s/size_t end = is_new ? size : map->size;/size_t end = size;/
