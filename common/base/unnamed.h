/* SPDX-License-Identifier: GPL-2.0-only */
/* A temporary file without a name: it vanishes with the process, however that ends. */
#ifndef LSMCTL_BASE_UNNAMED_H
#define LSMCTL_BASE_UNNAMED_H

#include <stdio.h>
#include "error.h"

/* Makes it in TMPDIR, /var/tmp or /tmp, or in memory if none is writable. fclose() it. NULL with the error set. */
FILE *unnamed_file(struct error *err);

#endif
