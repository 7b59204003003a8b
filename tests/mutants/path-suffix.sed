# the end of a pattern is not looked at
# common/rule/subject.c
s/ && !memcmp(star + 1, name + size - after, after)//
