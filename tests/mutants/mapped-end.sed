# what lies half behind the end is mapped
# common/table/mapped.c
s/if (offset > map->size || size > map->size - offset)/if (offset > map->size)/
