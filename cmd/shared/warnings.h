/* SPDX-License-Identifier: GPL-2.0-only */
/* Warnings beside the result. */
#ifndef LSMCTL_SHARED_WARNINGS_H
#define LSMCTL_SHARED_WARNINGS_H

#include <stdint.h>
#include <jansson.h>
#include "base/error.h"

/*
 * Warns of hooks that the kernel lacks, with what stays open: in the document's array "warnings", or for NULL one line
 * each on standard error.
 */
void warn_of_hooks(uint32_t hooks, json_t *root);

/* Says on standard error that UDP servers cannot answer under default block, if why is set. */
void warn_of_answers(const struct error *why);

/* Says there that no name is learned, if why is set. */
void warn_of_names(const struct error *why);

#endif
