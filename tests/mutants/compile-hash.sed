# a user lies a word further from its hash than is looked
# common/table/compile.c
s/while (probe < SUBJECT_PROBES && table/while (probe < SUBJECT_PROBES + 1 \&\& table/
s/if (probe == SUBJECT_PROBES)/if (probe == SUBJECT_PROBES + 1)/
