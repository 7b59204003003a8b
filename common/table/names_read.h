/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LSMCTL_TABLE_NAMES_READ_H
#define LSMCTL_TABLE_NAMES_READ_H

#include "store.h"

/* Remembers the texts of the open generation's names, for name_text(). 0 or -errno. */
int names_read(struct tables *t);

#endif
