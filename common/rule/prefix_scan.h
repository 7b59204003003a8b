/* SPDX-License-Identifier: GPL-2.0-only */
/* Fast path for addresses, for lists of millions. */
#ifndef LSMCTL_RULE_PREFIX_SCAN_H
#define LSMCTL_RULE_PREFIX_SCAN_H

#include "prefix.h"

/*
 * Sets *out and returns 0 for a plain ADDR or ADDR/LEN. On -1 try prefixes_parse(): the text is bad, or has a rarer
 * form (such as IPv6 that ends in IPv4).
 */
int prefix_parse_fast(const char *text, size_t len, struct prefix *out);

/* The same for an address at the start of text. Returns the end of the address, which anything may follow, or NULL. */
const char *prefix_scan(const char *text, const char *end, struct prefix *out);

#endif
