# a trial that nobody confirmed does not end
# common/table/ruleset.c
s/rs->t.config->trial_until && ruleset_end_trial/false \&\& ruleset_end_trial/
