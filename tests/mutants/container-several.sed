# the beginning of several ids is taken for the last of them
# common/rule/container.c
s/search->several = .*/search->several = false;/
