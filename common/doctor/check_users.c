// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds users with rules who can change to other uids: newuidmap(1) gives them the subordinate ids of /etc/subuid, and
 * a rule for the user does not match these.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "doctor.h"

#define SUBUID	"/etc/subuid"
#define SHOWN	8   /* named at most */
#define LONGEST 512 /* the longest line to parse, bytes */

/* The uids and uid ranges with rules, without duplicates. */
struct ranges {
	struct range {
		uint32_t from, to;
	} * at;
	size_t n;
	bool no_memory;
};

static int keep_range(const struct rule_info *rule, void *arg)
{
	const struct rule_spec *spec = &rule->spec;
	struct ranges *ranges = arg;
	struct range range = {spec->uid, spec->subject == SUBJECT_UIDS ? spec->uid_to : spec->uid}, *at;

	if (spec->subject != SUBJECT_UID && spec->subject != SUBJECT_UIDS)
		return 0;
	for (size_t i = 0; i < ranges->n; i++) {
		if (ranges->at[i].from == range.from && ranges->at[i].to == range.to)
			return 0;
	}
	at = array_with_room_for_one(ranges->at, ranges->n, sizeof(*at));
	if (!at)
		return -1;
	ranges->at = at;
	at[ranges->n++] = range;
	return 0;
}

static bool has_range(const struct ranges *ranges, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < ranges->n; i++) {
		if (ranges->at[i].from <= from && ranges->at[i].to >= to)
			return true;
	}
	return false;
}

/* Parses USER:FIRST:COUNT. Returns false for a line that newuidmap also rejects. */
static bool parse_line(char *line, const char **user, uint32_t *from, uint32_t *to)
{
	char *first = strchr(line, ':'), *count = first ? strchr(first + 1, ':') : NULL;
	uint64_t start, n;

	line[strcspn(line, "\n")] = '\0';
	if (!count || first == line)
		return false;
	*first = *count = '\0';
	if (num_parse(first + 1, UINT32_MAX, &start) || num_parse(count + 1, UINT32_MAX, &n) || !n ||
	    start + n - 1 > UINT32_MAX - 1)
		return false;
	*user = line;
	*from = (uint32_t)start;
	*to = (uint32_t)(start + n - 1);
	return true;
}

static bool find_user(const char *name, uint32_t *uid)
{
	const struct passwd *user = getpwnam(name);
	uint64_t number;

	if (user)
		*uid = user->pw_uid;
	else if (!num_parse(name, UINT32_MAX - 1, &number))
		*uid = (uint32_t)number;
	else
		return false;
	return true;
}

static void tell(struct doctor *doctor, const char *users, size_t n, uint32_t from, uint32_t to)
{
	char advice[256];

	snprintf(advice, sizeof(advice),
		 "add the rules for 'uid %u-%u' too, or write them with 'user-slice' in place of 'uid'", from, to);
	doctor_found(doctor, "users", CHECK_WARNING, advice,
		     "users with rules can change to other uids, by " SUBUID ", that no rule matches: %s%s", users,
		     n > SHOWN ? ", ..." : "");
}

/* Looks users up, so call it without the lock. */
void check_users(struct doctor *doctor)
{
	FILE *file = fopen(SUBUID, "re");
	char line[LONGEST], *users = NULL;
	struct ranges ranges = {};
	uint32_t from, to, uid, first[2] = {};
	bool whole = true, begins = true; /* whole: the line fits the buffer; begins: the buffer starts a line */
	const char *name;
	size_t size, n = 0;
	FILE *list;

	if (!file)
		return;
	list = open_memstream(&users, &size);
	if (!list || ruleset_each(doctor->rules, keep_range, &ranges))
		doctor->no_memory = true;
	for (; !doctor->no_memory && ranges.n && fgets(line, sizeof(line), file); begins = whole) {
		whole = strchr(line, '\n') || feof(file);
		if (!whole || !begins || !parse_line(line, &name, &from, &to) || !find_user(name, &uid) || !uid ||
		    !has_range(&ranges, uid, uid) || has_range(&ranges, from, to))
			continue;
		if (!n++)
			first[0] = from, first[1] = to;
		if (n <= SHOWN)
			fprintf(list, "%s%s (uid %u: %u-%u)", n > 1 ? ", " : "", name, uid, from, to);
	}
	if (list && fclose(list))
		doctor->no_memory = true;
	if (n && !doctor->no_memory)
		tell(doctor, users, n, first[0], first[1]);
	free(users);
	free(ranges.at);
	fclose(file);
}
