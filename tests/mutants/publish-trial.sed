# the new rules are in force before their time is set
# common/table/publish.c
/__atomic_store_n(&t->config->trial_until, p->trial_until, __ATOMIC_RELEASE);/d
s/^\twaited = first/\t__atomic_store_n(\&t->config->trial_until, p->trial_until, __ATOMIC_RELEASE);\n&/
