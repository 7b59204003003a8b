/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses and prefixes as users write them, in one 128-bit space: IPv4 is ::ffff:a.b.c.d, and 1.2.3.0/24 is a prefix
 * of 120 bits. Accepts only unambiguous forms: four decimal numbers without leading zeros, or IPv6 as in RFC 4291.
 */
#ifndef LSMCTL_RULE_PREFIX_H
#define LSMCTL_RULE_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bpf/abi.h"
#include "base/error.h"

struct prefix {
	union ip ip; /* host bits are zero */
	__u8 len;    /* 0 to 128 bits */
};

/* A growing list. The caller zeroes it, and frees it with prefixes_free(). */
struct prefixes {
	struct prefix *at;
	size_t n;
	bool names;   /* input: true: a destination may be a name too: see name.h */
	bool reached; /* input: true: 0.0.0.0 and :: become 127.0.0.1 and ::1, as for a call; false: they are refused */
};

#define PREFIX_TEXT_SIZE 264 /* room for any prefix or name as text, NUL included */

bool prefix_family_v4(const struct prefix *prefix);
/* True for a name, or for the word "resolvers": see name.h. */
bool prefix_is_name(const struct prefix *prefix);
/* True for that word alone. */
bool prefix_is_resolvers(const struct prefix *prefix);
/* True for an address that rules for names let through only with the word "private". */
bool prefix_is_local(const struct prefix *address);
/* Returns the text of a name; NULL: it is none, or that word, or this process has not met it. It stays. */
const char *prefix_name(const struct prefix *prefix);
/* Returns the same for a name that name servers can be asked for; NULL also for a wildcard. */
const char *prefix_exact_name(const struct prefix *prefix);
/* Returns the id of a name: see bpf/ruled_id.h. */
uint64_t prefix_name_id(const struct prefix *prefix);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
bool prefix_contains(const struct prefix *outer, const struct prefix *inner);
/* Compares for listing: IPv4 before IPv6, then by address, then shorter first. For qsort(). */
int prefix_compare(const struct prefix *a, const struct prefix *b);

/*
 * Formats "1.1.1.1/32", always with the length. host_bare: "1.1.1.1" for a single host. A name is its text in both.
 * Returns the end of the text.
 */
char *prefix_format(const struct prefix *prefix, bool host_bare, char text[PREFIX_TEXT_SIZE]);

/* Returns the length of that text. */
size_t prefix_width(const struct prefix *prefix, bool host_bare);

/*
 * Adds the prefixes of DESTINATION: ADDR, ADDR/LEN, ADDR-ADDR, a word such as any or lan, or several with commas. Skips
 * prefixes that the list has already.
 */
int prefixes_parse(struct prefixes *list, const char *destination, struct error *err);
/* Sets the error for an empty place in a comma list. Returns -1. */
int prefixes_missing(const char *destination, struct error *err);
void prefixes_free(struct prefixes *list);

/* The i-th word that stands for prefixes ("any", "lan", ...), or NULL past the last. */
const char *prefix_word(size_t i);

#endif
