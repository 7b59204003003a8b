/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that come from host names. Which ones is in the rule's comment, the one place that save and restore carry
 * along: "resolved from example.com, www.example.com: TEXT", of which ": TEXT" may be missing.
 */
#ifndef LSMCTL_NAMED_H
#define LSMCTL_NAMED_H

#include "resolve.h"
#include "rule.h"

#define NAMED_MAX 40 /* more names than a comment has room for */

struct named {
	char names[NAMED_MAX][HOST_SIZE];
	size_t n;
	char text[COMMENT_SIZE]; /* what the user says besides; "": nothing */
};

/* False when the comment is not just as it is put together from valid names: the rule comes from none. */
bool named_parse(const char *comment, struct named *named);
/* The same of a rule, which must be for one address. */
bool named_rule(const struct rule_spec *spec, struct named *named);

/* One that is there already is not added again. */
void named_add(struct named *named, const char *name);

/* ERR_INPUT when it does not fit. */
int named_format(const struct named *named, char comment[COMMENT_SIZE], struct error *err);

/* Whether two rules could have come from one command: all but addresses, names and timeouts is the same. */
bool named_alike(const struct rule_spec *a, const struct rule_spec *b);

/* The longer of two timeouts, 0 being the longest. */
uint64_t timeout_longer(uint64_t a, uint64_t b);

/*
 * As rules_parse(), with host names among the destinations: an address of theirs is a rule for each, in the set that
 * the words name or else in the one that is called as the only name is. Resolves them, so no lock is to be held.
 */
int rules_parse_named(struct rules *rules, size_t n, char *const words[], enum verdict verdict, struct hosts *hosts,
		      struct error *err);

#endif
