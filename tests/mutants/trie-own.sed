# a node keeps one ref more than it has room for
# common/table/trie.c
s/if (runs <= sizeof(node.own) \/ sizeof(node.own\[0\]))/if (runs <= 1 + sizeof(node.own) \/ sizeof(node.own[0]))/
