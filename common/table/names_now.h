/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_TABLE_NAMES_NOW_H
#define LSMCTL_TABLE_NAMES_NOW_H

#include "store.h"

/*
 * Returns how many addresses a name has now, in all network namespaces, or -1 when it cannot be read. Reads them once
 * for all names.
 */
int64_t names_now(struct tables *t, const union ip *name);

#endif
