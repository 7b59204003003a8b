# the second rule of a pair is passed over where hits are looked for
# common/table/store.c
s/\.hits\[slot % 2\], __ATOMIC_RELAXED))$/.hits[0], __ATOMIC_RELAXED))/
