# what covers a node is forgotten in it
# common/table/trie.c
s/refs\[i\] = inherited;/refs[i] = 0;/
