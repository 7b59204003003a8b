# one rule more than is looked at
# common/table/link.c
s/steps\[depth\] > links->steps/steps[depth] > links->steps + 1/
