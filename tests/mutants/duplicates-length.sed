# rules of one address are one group, whatever their lengths and users
# common/table/duplicates.c
s/!item_compare(&items\[to\], &items\[from\])/!memcmp(\&items[to].ip, \&items[from].ip, sizeof(items->ip))/
