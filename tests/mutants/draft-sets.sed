# a rule keeps the number of a set that another has now
# common/table/draft.c
s/draft->rules\[i\].set = sets\[draft->rules\[i\].set\];/;/
