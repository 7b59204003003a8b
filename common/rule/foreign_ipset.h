/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the output of `ipset save`. */
#ifndef LSMCTL_RULE_FOREIGN_IPSET_H
#define LSMCTL_RULE_FOREIGN_IPSET_H

#include "foreign_entry.h"

/* Reads the whole list. -1 with f->err set. */
int foreign_read_ipset(struct foreign *f);

#endif
