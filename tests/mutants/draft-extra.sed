# rules with one comment share a timeout
# common/table/draft.c
s/last && last->expires == expires && /last \&\& /
