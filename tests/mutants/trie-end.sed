# a prefix ends one value early in its node
# common/table/trie.c
s/k < count; k++/k + 1 < count; k++/
