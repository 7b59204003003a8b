# a container is found by none of its names but the first
# common/rule/container.c
s/k < json_array_size/k < 1 \&\& k < json_array_size/
