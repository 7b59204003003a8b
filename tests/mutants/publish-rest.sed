# rules of a longer list stay behind a shorter one
# common/table/next.c
s/size_t end = is_new ? from->size : map->size;/size_t end = from->size;/
