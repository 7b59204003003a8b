/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns lists of addresses in other formats into prefixes: CSV, JSON, ipset's, and more. Collects and counts bad
 * entries with their lines; the caller decides whether to use the rest.
 */
#ifndef LSMCTL_RULE_FOREIGN_LIST_H
#define LSMCTL_RULE_FOREIGN_LIST_H

#include "foreign_entry.h"

/* The names, "csv" and so on, or NULL past the last. The format of a name, or FOREIGN_FORMATS. */
const char *foreign_format_name(size_t format);
enum foreign_format foreign_format_parse(const char *word);

/* Reads the whole list. -1: it is no such list, or unreadable; the caller drops what entry() took. */
int foreign_list_read(const struct foreign_list *list, struct error *err);
/* Reads a list in memory. list->name is only for messages. */
int foreign_list_text(const struct foreign_list *list, const char *text, size_t size, struct error *err);

#endif
