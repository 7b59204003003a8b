// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds users with rules who can change to other uids: newuidmap(1) gives them the subordinate ids of /etc/subuid, and
 * a rule for the user does not match these. The same for their groups, by newgidmap(1) and /etc/subgid.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "doctor.h"

#define SHOWN	8   /* named at most */
#define LONGEST 512 /* the longest line to parse, bytes */

/* What differs between users and groups. */
static const struct ids {
	enum subject_kind kind;
	const char *word, *file;
} ids_of[] = {{SUBJECT_UID, "uid", "/etc/subuid"}, {SUBJECT_GID, "gid", "/etc/subgid"}};

/* The ids and ranges of one kind with rules, without duplicates. */
struct ranges {
	const struct ids *ids;
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
	struct range range = {spec->id, is_range(spec->subject) ? spec->id_to : spec->id}, *at;

	if (spec->subject != ranges->ids->kind && spec->subject != range_kind(ranges->ids->kind))
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

/* Sets the uid of the user, or the gid; a number alone tells only a uid. */
static bool find_id(const struct ids *ids, const char *name, uint32_t *id)
{
	const struct passwd *user = getpwnam(name);
	uint64_t number;

	if (!user && !num_parse(name, UINT32_MAX - 1, &number)) {
		if (ids->kind == SUBJECT_UID) {
			*id = (uint32_t)number;
			return true;
		}
		user = getpwuid((uid_t)number);
	}
	if (user)
		*id = ids->kind == SUBJECT_UID ? user->pw_uid : user->pw_gid;
	return user;
}

static void tell(struct doctor *doctor, const struct ids *ids, const char *users, size_t n, uint32_t from, uint32_t to)
{
	char advice[256];

	snprintf(advice, sizeof(advice),
		 "add the rules for '%s %u-%u' too, or write them with 'user-slice' in place of '%s'", ids->word, from,
		 to, ids->word);
	doctor_found(doctor, "users", CHECK_WARNING, advice,
		     "users with rules can change to other %ss, by %s, that no rule matches: %s%s", ids->word,
		     ids->file, users, n > SHOWN ? ", ..." : "");
}

/* Looks users up, so call it without the lock. */
static void check_ids(struct doctor *doctor, const struct ids *ids)
{
	FILE *file = fopen(ids->file, "re");
	char line[LONGEST], *users = NULL;
	struct ranges ranges = {.ids = ids};
	uint32_t from, to, id, first[2] = {};
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
		if (!whole || !begins || !parse_line(line, &name, &from, &to) || !find_id(ids, name, &id) || !id ||
		    !has_range(&ranges, id, id) || has_range(&ranges, from, to))
			continue;
		if (!n++)
			first[0] = from, first[1] = to;
		if (n <= SHOWN)
			fprintf(list, "%s%s (%s %u: %u-%u)", n > 1 ? ", " : "", name, ids->word, id, from, to);
	}
	if (list && fclose(list))
		doctor->no_memory = true;
	if (n && !doctor->no_memory)
		tell(doctor, ids, users, n, first[0], first[1]);
	free(users);
	free(ranges.at);
	fclose(file);
}

void check_users(struct doctor *doctor)
{
	for (size_t i = 0; i < sizeof(ids_of) / sizeof(ids_of[0]); i++)
		check_ids(doctor, &ids_of[i]);
}
