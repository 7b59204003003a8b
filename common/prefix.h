/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses and prefixes as people write them. One 128-bit space: IPv4 is ::ffff:a.b.c.d, and 1.2.3.0/24 is a prefix of
 * 120 bits. Accepted is what has one meaning: four decimal numbers without leading zeros, or IPv6 as in RFC 4291.
 */
#ifndef LSMCTL_PREFIX_H
#define LSMCTL_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include "../bpf/abi.h"
#include "error.h"

struct prefix {
	union ip ip; /* host bits are zero */
	__u8 len;    /* bits of 128 */
};

/* A growing list; zero-initialise it, and free it with prefixes_free(). */
struct prefixes {
	struct prefix *at;
	size_t n;
	size_t room;
	bool reached; /* given: 0.0.0.0 and :: are 127.0.0.1 and ::1, as for a call; else they are refused */
};

#define PREFIX_TEXT_SIZE 64 /* room for any prefix as text, NUL included */

bool prefix_family_v4(const struct prefix *prefix);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
bool prefix_contains(const struct prefix *outer, const struct prefix *inner);
/* Order for listing: IPv4 before IPv6, then by address, then the shorter first. As for qsort(). */
int prefix_compare(const struct prefix *a, const struct prefix *b);

/* "1.1.1.1/32": always with the length. host_bare: "1.1.1.1" when it is one host. Returns where the text ends. */
char *prefix_format(const struct prefix *prefix, bool host_bare, char text[PREFIX_TEXT_SIZE]);

/* The length of that. */
size_t prefix_width(const struct prefix *prefix, bool host_bare);

/*
 * Adds what DESTINATION names: ADDR, ADDR/LEN, ADDR-ADDR, or a word such as any or lan; comma lists of these. What the
 * list has already is not added again.
 */
int prefixes_parse(struct prefixes *list, const char *destination, struct error *err);
/* Sets the error for an empty place in a comma list. Returns -1. */
int prefixes_missing(const char *destination, struct error *err);
void prefixes_free(struct prefixes *list);

/*
 * The quick way, for lists of millions: 0 and *out set when the text is a plain ADDR or ADDR/LEN. -1 says only that the
 * other way must be tried: the text may be bad, or written in a rarer way (a dotted end of an IPv6 address).
 */
int prefix_parse_fast(const char *text, size_t len, struct prefix *out);

/* The same for the start of the text: returns what stands behind the address, which may be anything, or NULL. */
const char *prefix_scan(const char *text, const char *end, struct prefix *out);

/* The i-th word that stands for prefixes ("any", "lan", ...), or NULL past the last. */
const char *prefix_word(size_t i);

#endif
