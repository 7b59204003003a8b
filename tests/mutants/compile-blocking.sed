# rules that block are not counted
# common/table/compile.c
s/blocking += action_verdict(action) == VERDICT_BLOCK/blocking += action_verdict(action) == VERDICT_AUDIT/
