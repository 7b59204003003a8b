/* SPDX-License-Identifier: GPL-2.0-only */
/* Names as the domain name system has them. */
#ifndef LSMCTL_BASE_DNS_NAME_H
#define LSMCTL_BASE_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_TEXT_SIZE 1024 /* room for any name as text, NUL included: 255 bytes, each at most as "\255" */

/*
 * Makes text, in small letters, of a name as it is in a message: labels, each behind its length (RFC 1035, 3.1). What
 * is no printable ASCII, and dots, backslashes and blanks within a label, become as in a zone file (5.1): "\.", "\032".
 * The root is ".". False: the bytes are no name of at most size bytes; the text is then "".
 */
bool dns_name_text(const uint8_t *wire, size_t size, char text[DNS_NAME_TEXT_SIZE]);

/*
 * True when a pattern covers a name, both as text: the same name, or "*.example.com" for all below example.com. Case,
 * and a dot at the end of the pattern, do not matter.
 */
bool dns_name_matches(const char *pattern, const char *name);

#endif
