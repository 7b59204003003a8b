# settings that block are not told of
# common/table/settings.c
s/special.blocks | bit/special.blocks/
