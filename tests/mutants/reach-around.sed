# a longer prefix of a run loses the ports of the shorter
# common/run/reach.c
s/entry.rule = reach->at\[entry.around - 1\].rule;/;/
