# settings are told to block after they do
# common/table/settings.c
/!= VERDICT_ALLOW/,+1d
s/^\tif (settings->default_verdict == VERDICT_ALLOW)/\tif (settings->default_verdict != VERDICT_ALLOW)\n\t\t__atomic_store_n(\&config->special.blocks, config->special.blocks | bit, __ATOMIC_RELEASE);\n&/
