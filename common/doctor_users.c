// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users whom a rule is for, and who can be other users: newuidmap(1) lets them use the subordinate ids that
 * /etc/subuid gives them, which no rule for the user matches.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "array.h"
#include "doctor.h"
#include "num.h"
#include "text.h"

#define SUBUID	"/etc/subuid"
#define SHOWN	8   /* users that are named */
#define LONGEST 512 /* bytes of a line that says something */

/* Ranges, and single uids, that rules are for, each once. */
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

/* USER:FIRST:COUNT. False for what newuidmap would not take either. */
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
		 "make the rules for 'uid %u-%u' too, or for the cgroup '/user.slice/user-UID.slice' in place of the "
		 "user",
		 from, to);
	doctor_found(doctor, "users", CHECK_WARNING, advice,
		     "rules are for users who can be others, by " SUBUID ", for whom these are not: %s%s", users,
		     n > SHOWN ? ", ..." : "");
}

/* Looks users up, so that it is for after the lock. */
void check_users(struct doctor *doctor)
{
	FILE *file = fopen(SUBUID, "re");
	char line[LONGEST], *users = NULL;
	struct ranges ranges = {};
	uint32_t from, to, uid, first[2] = {};
	bool whole = true, begins = true; /* of a line: all of it is there; it does not go on a longer one */
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
