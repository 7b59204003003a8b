# a trial that is over is in force again for an instant
# common/table/publish.c
/^\t__atomic_store_n(&t->config->trial_until, 0, __ATOMIC_RELEASE);/d
s/^\t__atomic_store_n(&t->config->generation, generation, __ATOMIC_RELEASE);/\t__atomic_store_n(\&t->config->trial_until, 0, __ATOMIC_RELEASE);\n&/
