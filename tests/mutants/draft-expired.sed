# a rule is taken over at the instant its time is up
# common/table/draft.c
s/extra->expires <= draft->now/extra->expires < draft->now/
