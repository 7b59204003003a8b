# two nodes keep their refs in one place
# common/table/trie.c
s/arena->spare += count;/;/
