# an unknown verdict is told of as allow
# common/table/decode.c
s/verdict < VERDICTS ? verdict : VERDICT_BLOCK;/verdict < VERDICTS ? verdict : VERDICT_ALLOW;/
