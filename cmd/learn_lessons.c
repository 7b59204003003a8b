// SPDX-License-Identifier: GPL-2.0-only
/* Makes rules from calls: one for each user and place, whose comment has the programs and the number of calls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/kept_text.h"
#include "base/num.h"
#include "base/text.h"
#include "host/cgroup.h"
#include "rule/exe.h"
#include "rule/file.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/subject.h"
#include "shared/program.h"
#include "learn_lessons.h"
#include "learn_names.h"

#define LOOPBACK_COMMENT "added with default block"

/* Sorts by subject, then destination and ports: this groups the calls that one rule will cover. */
static int compare(const void *one, const void *other)
{
	const struct rule_spec *a = &((const struct lesson *)one)->spec, *b = &((const struct lesson *)other)->spec;
	int ret = strcmp(a->cgroup, b->cgroup);

	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->id_to != b->id_to)
		return a->id_to < b->id_to ? -1 : 1;
	if (ret)
		return ret;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port_lo != b->port_lo || a->port_hi != b->port_hi)
		return a->port_lo < b->port_lo || (a->port_lo == b->port_lo && a->port_hi < b->port_hi) ? -1 : 1;
	return prefix_compare(&a->prefix, &b->prefix);
}

/* Compares all but the prefix. */
static bool same_but_prefix(const struct lesson *a, const struct lesson *b)
{
	struct lesson other = *b;

	other.spec.prefix = a->spec.prefix;
	return !compare(a, &other);
}

/* Returns whether the name is in the list. Commas separate the names. */
static bool has_name(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = names; *at;) {
		size_t one = strcspn(at, ",");

		if (one == len && !memcmp(at, name, len))
			return true;
		at += one;
		at += strspn(at, ", ");
	}
	return false;
}

#define NAMES_SIZE 96 /* the comment has room for these and a number of calls */
_Static_assert(NAMES_SIZE + sizeof(": 18446744073709551615 calls") <= COMMENT_SIZE, "the longest comment");

/* Adds more to names. If there is no room for a name, adds "..." in its place. */
static void add_names(char names[COMMENT_SIZE], const char *more)
{
	char name[COMMENT_SIZE];

	while (*more) {
		size_t one = strcspn(more, ","), have = strlen(names);

		snprintf(name, sizeof(name), "%.*s", (int)one, more);
		more += one;
		more += strspn(more, ", ");
		if (!*name || has_name(names, name))
			continue;
		if (have + strlen(name) + strlen(", , ...") >= NAMES_SIZE)
			name[0] = '\0';
		if (!*name && has_name(names, "..."))
			continue;
		snprintf(names + have, COMMENT_SIZE - have, "%s%s", have ? ", " : "", *name ? name : "...");
	}
}

/* Until lessons_finish(), a comment is only the names of the programs. */
static void join_lesson(struct lesson *to, const struct lesson *from)
{
	to->calls += from->calls;
	to->known |= from->known;
	to->spec.local |= from->spec.local;
	add_names(to->spec.comment, from->spec.comment);
}

/* Combines lessons that one rule covers: those with the same identity, or within a wider network, which comes first. */
static void unite(struct lessons *lessons)
{
	size_t n = 0;

	if (lessons->n)
		qsort(lessons->at, lessons->n, sizeof(*lessons->at), compare);
	for (size_t i = 0; i < lessons->n; i++) {
		struct lesson *last = n ? &lessons->at[n - 1] : NULL;

		if (last && same_but_prefix(last, &lessons->at[i]) &&
		    prefix_contains(&last->spec.prefix, &lessons->at[i].spec.prefix))
			join_lesson(last, &lessons->at[i]);
		else
			lessons->at[n++] = lessons->at[i];
	}
	lessons->n = n;
}

/* Returns the network with the length of the options, or the prefix itself if that is wider. */
static struct prefix network_of(const struct lesson_options *options, const struct prefix *host)
{
	bool v4 = prefix_family_v4(host);
	struct prefix network = {.ip = host->ip, .len = (__u8)(options->merge[!v4] + (v4 ? 96 : 0))};

	if (host->len <= network.len || prefix_is_name(host))
		return *host;
	for (unsigned int bit = network.len; bit < 128; bit++)
		network.ip.b[bit / 8] &= (__u8) ~(0x80 >> bit % 8);
	return network;
}

/* Replaces several addresses of one network by the network. They are neighbours in the order. */
static void merge(struct lessons *lessons, const struct lesson_options *options)
{
	for (size_t i = 0, end; i < lessons->n; i = end) {
		const struct prefix network = network_of(options, &lessons->at[i].spec.prefix);

		for (end = i + 1; end < lessons->n; end++) {
			const struct prefix other = network_of(options, &lessons->at[end].spec.prefix);

			if (!same_but_prefix(&lessons->at[i], &lessons->at[end]) || !prefix_equal(&network, &other))
				break;
		}
		for (size_t k = i; end - i > 1 && k < end; k++)
			lessons->at[k].spec.prefix = network;
	}
	unite(lessons);
}

/*
 * Returns the path of a cgroup, as a rule names it; NULL: no memory. The creator of the cgroup chose the name, which
 * may have bytes that no rule accepts: sets unnamed, and returns "". Returns "" for a removed cgroup too.
 */
static const char *find_cgroup(uint64_t id, bool *unnamed)
{
	char path[CGROUP_SIZE], cgroup[CGROUP_SIZE];
	struct error ignored = {};

	if (!cgroup_path(id, path, sizeof(path)))
		return "";
	/* A star would make it a pattern, which allows more. */
	*unnamed = cgroup_parse(path, cgroup, &ignored) || strcmp(path, cgroup) != 0 || !cgroup_is_literal(cgroup);
	return *unnamed ? "" : text_keep(path);
}

/* The same for a program, which always has a path. */
static const char *find_exe(const char program[PROGRAM_SIZE], bool *unnamed)
{
	char path[PROGRAM_TEXT_SIZE], exe[CGROUP_SIZE];
	struct error ignored = {};

	program_text(program, path);
	/* Links are followed: what the kernel saw has none. */
	*unnamed = path[0] != '/' || exe_parse(path, exe, &ignored) || strcmp(path, exe) != 0;
	return *unnamed ? "" : text_keep(path);
}

/*
 * Makes "curl (example.com)" of a program and the name that it asked for; NULL: none. A name without room is left out.
 * Replaces commas and colons, which separate the parts of a comment: a process chooses its own name, and others.
 */
static void name_program(char comment[COMMENT_SIZE], const char comm[16], const char *asked)
{
	char raw[17 + COMMENT_SIZE] = {}, *name;

	memcpy(raw, comm, 16);
	if (asked && strlen(raw) + strlen(asked) + strlen(" (), ...") < NAMES_SIZE)
		sprintf(raw + strlen(raw), " (%s)", asked);
	for (char *at = raw; *at; at++) {
		if (*at == ',' || *at == ':')
			*at = '_';
	}
	name = text_escape(raw);
	snprintf(comment, COMMENT_SIZE, "%s", name ? name : "");
	free(name);
}

/* 0, or -1 without memory. */
static int take(struct lessons *lessons, const struct lesson_options *options, const struct learned *key,
		uint64_t calls, const char *asked, struct lesson *lesson)
{
	struct rule_spec *spec = &lesson->spec;
	bool unnamed = false;

	*lesson = (struct lesson){.calls = calls};
	rule_init(spec, VERDICT_ALLOW);
	spec->prefix = (struct prefix){.ip = key->ip, .len = 128};
	spec->proto = (uint16_t)key->proto;
	if (key->port < NO_PORT)
		spec->port_lo = spec->port_hi = (uint16_t)key->port;
	if (options->names && learn_name(spec, &options->resolvers, key, asked))
		asked = NULL; /* the rule has it */
	else if (options->names)
		lessons->nameless += calls;
	/* For what is gone, or no rule can name: make the rule for the user. */
	spec->subject = options->by;
	if (options->by == SUBJECT_CGROUP)
		spec->cgroup = find_cgroup(key->cgroup, &unnamed);
	if (options->by == SUBJECT_EXE)
		spec->exe = find_exe(key->program, &unnamed);
	if (!spec->cgroup)
		return -1;
	if (subject_has_path(options->by) && !spec->cgroup[0])
		spec->subject = SUBJECT_UID;
	lessons->unnamed += unnamed ? calls : 0;
	if (spec->subject == SUBJECT_UID)
		spec->id = key->uid;
	if (spec->subject == SUBJECT_GID)
		spec->id = key->gid;
	name_program(spec->comment, key->comm, asked);
	return 0;
}

static struct lesson *new_lesson(struct lessons *lessons, struct error *err)
{
	if (lessons->n == lessons->room) {
		size_t room = lessons->room ? lessons->room * 2 : 256;
		struct lesson *at = reallocarray(lessons->at, room, sizeof(*at));

		if (!at) {
			error_errno(err, ENOMEM, "cannot collect what was learned");
			return NULL;
		}
		lessons->at = at;
		lessons->room = room;
	}
	return &lessons->at[lessons->n++];
}

int lessons_collect(struct lessons *lessons, const struct lesson_options *options, int map_fd,
		    struct known_names *names, struct error *err)
{
	struct learned key, next;
	struct lesson *lesson;
	uint64_t calls;

	for (void *from = NULL; !bpf_map_get_next_key(map_fd, from, &next); from = &key) {
		key = next;
		if (bpf_map_lookup_elem(map_fd, &key, &calls))
			continue;
		lesson = new_lesson(lessons, err);
		if (!lesson)
			return -1;
		if (take(lessons, options, &key, calls, known_names_text(names, key.name), lesson))
			return error_errno(err, ENOMEM, "cannot collect what was learned");
	}
	return 0;
}

/* Shortens "curl, wget: 12 calls" to the names. Returns false for a comment in another form. */
static bool read_comment(char comment[COMMENT_SIZE], uint64_t *calls)
{
	char *number = strrchr(comment, ':'), *end;
	char digits[24];

	number = number ? number + 1 : comment;
	number += *number == ' ';
	end = number + strspn(number, "0123456789");
	if (end == number || end - number >= (ptrdiff_t)sizeof(digits) ||
	    (strcmp(end, " call") != 0 && strcmp(end, " calls") != 0))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)(end - number), number);
	if (num_parse(digits, UINT32_MAX, calls) || number - comment > NAMES_SIZE)
		return false;
	*(number > comment ? number - 2 : comment) = '\0';
	return true;
}

static int take_rule(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct lessons *lessons = arg;
	struct lesson *lesson;
	struct rule_spec read = *spec;
	uint64_t calls = 0;

	(void)line;
	if (spec->verdict != VERDICT_ALLOW || spec->timeout || spec->set[0] || spec->error != EPERM ||
	    !read_comment(read.comment, &calls)) {
		if (rules_reserve(&lessons->others, 1, err))
			return -1;
		lessons->others.at[lessons->others.n++] = *spec;
		return 0;
	}
	lesson = new_lesson(lessons, err);
	if (!lesson)
		return -1;
	*lesson = (struct lesson){.spec = read, .calls = calls, .known = true};
	return 0;
}

static int take_setting(void *arg, const char *name, const char *value, struct error *err)
{
	struct lessons *lessons = arg;
	char *settings;

	if (!strcmp(name, "default"))
		return 0;
	if (asprintf(&settings, "%sset %s %s\n", lessons->settings ? lessons->settings : "", name, value) < 0)
		return error_errno(err, ENOMEM, "cannot read the settings");
	free(lessons->settings);
	lessons->settings = settings;
	return 0;
}

int lessons_read(struct lessons *lessons, const char *file, struct error *err)
{
	const struct rules_file source = {
		.name = file,
		.verdict = VERDICT_BLOCK,
		.settings = true,
		.rule = take_rule,
		.setting = take_setting,
		.arg = lessons,
	};

	return access(file, F_OK) && errno == ENOENT ? 0 : rules_file_read(&source, err);
}

/* Returns whether the file has a rule with this identity that learn did not write. Such a rule stays as it is. */
static bool is_said(const struct lessons *lessons, const struct rule_spec *spec)
{
	for (size_t i = 0; i < lessons->others.n; i++) {
		if (rule_same_identity(&lessons->others.at[i], spec))
			return true;
	}
	return false;
}

/* Adds rules for loopback, which nearly every host needs. */
static int allow_loopback(struct lessons *lessons, struct error *err)
{
	char word[] = "loopback", option[] = "comment", comment[] = LOOPBACK_COMMENT;
	char *const words[] = {word, option, comment};
	struct rules loopback = {};
	int ret = rules_parse(&loopback, 3, words, VERDICT_ALLOW, err);

	for (size_t i = 0; !ret && i < loopback.n; i++) {
		if (is_said(lessons, &loopback.at[i]))
			continue;
		ret = rules_reserve(&lessons->others, 1, err);
		if (!ret)
			lessons->others.at[lessons->others.n++] = loopback.at[i];
	}
	rules_free(&loopback);
	return ret;
}

int lessons_finish(struct lessons *lessons, const struct lesson_options *options, struct error *err)
{
	size_t n = 0;

	unite(lessons);
	if (options->merge[0])
		merge(lessons, options);
	for (size_t i = 0; i < lessons->n; i++) {
		struct lesson *lesson = &lessons->at[n];
		char names[COMMENT_SIZE];

		*lesson = lessons->at[i];
		if (is_said(lessons, &lesson->spec))
			continue;
		strcpy(names, lesson->spec.comment);
		snprintf(lesson->spec.comment, COMMENT_SIZE, "%.*s%s%llu call%s", NAMES_SIZE, names, *names ? ": " : "",
			 (unsigned long long)lesson->calls, lesson->calls == 1 ? "" : "s");
		n++;
	}
	lessons->n = n;
	return allow_loopback(lessons, err);
}

void lessons_free(struct lessons *lessons)
{
	free(lessons->at);
	free(lessons->settings);
	rules_free(&lessons->others);
	*lessons = (struct lessons){};
}
