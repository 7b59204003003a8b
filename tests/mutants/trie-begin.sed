# a prefix that ends in a node has no beginning there
# common/table/trie.c
s/mark(may_begin, byte);/;/
