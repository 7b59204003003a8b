# what a killed writer left stays
# common/table/ruleset.c
s/rs->t.config->pending && ruleset_recompile/false \&\& ruleset_recompile/
