# a user and a range of users with one number are one subject
# common/table/intern.c
s/subject->kind == wanted->kind &&/true \&\&/
