// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a file of rules. Nothing may crash; what is accepted must be canonical, and must be written so that it
 * reads back as the same rule; and what is refused must be told, in few words that are safe to print.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bad_lines.h"
#include "rule/file.h"
#include "base/text.h"
#include "rule/duration.h"
#include "rule/format.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/prefix_scan.h"
#include "rule/split.h"
#include "rule/unit.h"
#include "rule/verdict.h"

#define MAX_WORDS 64
#define MAX_CHECK 32 /* rules of one input: one sentence makes up to 65536, all in the same way */

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                        \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

struct seen {
	struct rule_spec first;
	size_t rules, settings;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int keep(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct seen *seen = arg;

	(void)err;
	CHECK(line == 1);
	seen->first = *spec;
	seen->rules++;
	return 0;
}

static void check_canonical(const struct rule_spec *spec)
{
	CHECK((unsigned int)spec->verdict < VERDICTS);
	CHECK(spec->prefix.len <= 128);
	for (unsigned int bit = spec->prefix.len; bit < 128; bit++)
		CHECK(!(spec->prefix.ip.b[bit / 8] & 0x80 >> bit % 8));
	CHECK(spec->port_lo <= spec->port_hi);
	CHECK(spec->port_lo || !spec->port_hi || spec->port_hi == UINT16_MAX);
	CHECK(spec->proto <= PROTO_RAW || spec->proto == PROTO_ANY);
	CHECK(spec->proto != 58 && spec->proto != 136);
	CHECK((spec->proto != 1 && spec->proto != PROTO_RAW) || rule_any_port(spec));
	CHECK(spec->id != UINT32_MAX && spec->id_to != UINT32_MAX);
	CHECK(is_range(spec->subject) ? spec->id < spec->id_to : !spec->id_to);
	CHECK(strlen(spec->cgroup) < CGROUP_SIZE && memchr(spec->set, 0, sizeof(spec->set)));
	CHECK(memchr(spec->comment, 0, sizeof(spec->comment)));
	CHECK(text_is_plain(spec->cgroup) && text_is_plain(spec->set) && text_is_plain(spec->comment));
	if (spec->subject == SUBJECT_EXE)
		CHECK(spec->exe[0] == '/' && spec->exe[1] && !strstr(spec->exe, "//") && !strstr(spec->exe, "/../"));
	if (spec->subject == SUBJECT_CGROUP && cgroup_is_unit(spec->cgroup)) {
		CHECK(!strchr(spec->cgroup, '/') && strchr(spec->cgroup, '.') && strlen(spec->cgroup) < NAME_SIZE);
	} else if (spec->subject == SUBJECT_CGROUP) {
		CHECK(spec->cgroup[0] == '/' && !strstr(spec->cgroup, "//") && !strstr(spec->cgroup, "/../"));
		CHECK(!spec->cgroup[1] || spec->cgroup[strlen(spec->cgroup) - 1] != '/');
	}
	CHECK(spec->timeout <= DURATION_MAX && spec->timeout % 1000000000 == 0);
	CHECK(rule_errno_name(spec->error));
}

/* As a line of a file: an address alone takes another way there. */
static void check_line(const struct rule_spec *spec, const char *text)
{
	static struct error err;
	struct seen seen = {};
	/* The verdict that is not said must not be needed. */
	struct rules_file file = {.name = "again", .verdict = VERDICT_AUDIT, .rule = keep, .arg = &seen};

	err.code = ERR_NONE;
	CHECK(!rules_text_read(&file, text, strlen(text), &err) && seen.rules == 1);
	CHECK(rule_same_identity(spec, &seen.first) && seen.first.verdict == spec->verdict);
}

static void check_reads_back(const struct rule_spec *spec, bool as_line)
{
	static struct error err;
	char *text = rule_format(spec), *words[MAX_WORDS], *line, *again;
	struct rule_spec one = *spec, other;
	struct rules rules = {};
	int n;

	CHECK(text && text_is_plain(text));
	if (as_line)
		check_line(spec, text);
	line = strdup(text);
	CHECK(line);
	err.code = ERR_NONE;
	n = words_split(line, words, MAX_WORDS, &err);
	if (n < 0 || rules_parse(&rules, (size_t)n, words, VERDICT_AUDIT, &err)) {
		fprintf(stderr, "%s\n%s\n", text, err.text);
		abort();
	}
	CHECK(rules.n == 1);
	other = rules.at[0];
	CHECK(other.timeout == one.timeout);
	again = rule_format(&other);
	CHECK(!strcmp(text, again));
	one.timeout = other.timeout = 0;
	CHECK(rule_same(&one, &other));
	rules_free(&rules);
	free(line);
	free(text);
	free(again);
}

static int take_rule(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct seen *seen = arg;

	(void)err;
	CHECK(line);
	if (seen->rules++ >= MAX_CHECK)
		return 0;
	check_canonical(spec);
	check_reads_back(spec, seen->rules < 3);
	return 0;
}

static int take_setting(void *arg, const char *name, const char *value, struct error *err)
{
	struct seen *seen = arg;

	seen->settings++;
	return strlen(name) > strlen(value) ? error_set(err, ERR_INPUT, "bad, near '%.64s'", name) : 0;
}

static void check_message(const char *text)
{
	size_t lines = 1;

	CHECK(*text && text[strlen(text) - 1] != '\n');
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	/* One more counts the rest, and one says what kind of file this seems to be. */
	CHECK(lines <= BAD_LINES_TOLD + 2);
	/* Newlines apart, and a character that was cut in two, a terminal may have it. */
	for (const char *at = text; *at; at++)
		CHECK(*at == '\n' || ((unsigned char)*at >= ' ' && *at != 0x7f));
}

static void as_file(const char *text, size_t size)
{
	static struct error err;
	struct seen seen = {};
	struct rules_file file = {
		.name = "fuzz",
		.verdict = size & 1 ? VERDICT_BLOCK : VERDICT_ALLOW,
		.set = size & 2 ? "feed" : NULL,
		.settings = size & 4,
		.rule = take_rule,
		.setting = take_setting,
		.arg = &seen,
	};

	err.code = ERR_NONE;
	if (rules_text_read(&file, text, size, &err)) {
		CHECK(err.code == ERR_INPUT);
		check_message(err.text);
	}
}

/* The first line, up to a NUL, as the words of a command. */
static void as_command(const char *text, size_t size)
{
	static struct error err;
	const char *newline = memchr(text, '\n', size);
	size_t len = strnlen(text, newline ? (size_t)(newline - text) : size);
	char *line = strndup(text, len), *words[MAX_WORDS];
	struct prefix fast;
	int n;

	CHECK(line);
	if (!prefix_parse_fast(line, len, &fast)) {
		struct prefixes slow = {};

		err.code = ERR_NONE;
		CHECK(!prefixes_parse(&slow, line, &err) && slow.n == 1 && prefix_equal(&slow.at[0], &fast));
		prefixes_free(&slow);
	}
	err.code = ERR_NONE;
	n = words_split(line, words, MAX_WORDS, &err);
	CHECK(n >= -1 && n <= MAX_WORDS && (n < 0) == (err.code != ERR_NONE));
	if (n >= 0) {
		struct rules rules = {};
		int ret = rules_parse_identity(&rules, (size_t)n, words, &err);

		CHECK(ret ? err.code == ERR_INPUT || err.code == ERR_USAGE : err.code == ERR_NONE);
		CHECK(ret ? !rules.n : rules.n && rules.n <= RULES_PER_SENTENCE);
		for (size_t i = 0; i < rules.n && i < MAX_CHECK; i++)
			check_canonical(&rules.at[i]);
		if (rules.n > 1)
			CHECK(!rule_same_identity(&rules.at[0], &rules.at[rules.n - 1]));
		rules_free(&rules);
	}
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_file((const char *)data, size);
	as_command((const char *)data, size);
	return 0;
}
