/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that come from host names. The comment of a rule lists its names, since save and restore keep only the comment:
 * "resolved from example.com, www.example.com: TEXT". ": TEXT" is optional.
 */
#ifndef LSMCTL_NAME_ORIGIN_H
#define LSMCTL_NAME_ORIGIN_H

#include "rule/rule.h"
#include "resolve.h"

#define ORIGIN_NAMES 40 /* more names than fit into a comment */

struct origin {
	char names[ORIGIN_NAMES][HOST_SIZE];
	size_t n;
	char text[COMMENT_SIZE]; /* the user's own comment; "": none */
};

/*
 * Parses a comment. Returns false unless it has exactly the form that origin_format() writes, with valid names: then
 * the rule comes from no name.
 */
bool origin_parse(const char *comment, struct origin *origin);
/* The same for a rule, which must have a single address. */
bool origin_rule(const struct rule_spec *spec, struct origin *origin);

/* Adds a name, unless it is there already. */
void origin_add(struct origin *origin, const char *name);

/* ERR_INPUT when it does not fit. */
int origin_format(const struct origin *origin, char comment[COMMENT_SIZE], struct error *err);

/* True when two rules can come from one command: they differ only in addresses, names and timeouts. */
bool origin_alike(const struct rule_spec *a, const struct rule_spec *b);

/* Returns the longer of two timeouts. 0, no timeout, is the longest. */
uint64_t timeout_longer(uint64_t a, uint64_t b);

/*
 * Like rules_parse(), with host names among the destinations: makes a rule for each address of a name. Puts it into the
 * set that the words name, or else into a set named after the only name. Resolves names, so the caller must hold no
 * lock.
 */
int rules_parse_hosts(struct rules *rules, size_t n, char *const words[], enum verdict verdict, struct hosts *hosts,
		      struct error *err);

#endif
