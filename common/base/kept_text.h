/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts that stay until the process ends, each of them once: rules hold their paths so, and nobody frees them. */
#ifndef LSMCTL_BASE_KEPT_TEXT_H
#define LSMCTL_BASE_KEPT_TEXT_H

/* Returns the kept copy of a text, or NULL without memory. */
const char *text_keep(const char *text);

#endif
