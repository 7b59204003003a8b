/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of lines and fields: plain, columns, csv, netmask and range. */
#ifndef LSMCTL_RULE_FOREIGN_COLUMNS_H
#define LSMCTL_RULE_FOREIGN_COLUMNS_H

#include "foreign_entry.h"

/* Reads the whole list. -1 with f->err set. */
int foreign_read_columns(struct foreign *f);

#endif
