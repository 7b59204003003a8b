# one rule too many
# common/table/change.c
s/wanted > max - count ?/wanted > max - count + 1 ?/
s/wanted <= max - live)/wanted <= max - live + 1)/
