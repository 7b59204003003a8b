/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists in JSON. */
#ifndef LSMCTL_RULE_FOREIGN_JSON_H
#define LSMCTL_RULE_FOREIGN_JSON_H

#include "foreign_entry.h"

/* Reads the whole list. -1 with f->err set. */
int foreign_read_json(struct foreign *f);

#endif
