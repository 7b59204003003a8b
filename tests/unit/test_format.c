// SPDX-License-Identifier: GPL-2.0-only
/* Rules written as sentences, and what makes two of them one. */
#include "unit.h"
#include <errno.h>
#include "bpf/ip.h"
#include "base/kept_text.h"
#include "rule/duration.h"
#include "rule/format.h"
#include "rule/parse.h"
#include "rule/split.h"
#include "rule/verdict.h"

#define MAX_WORDS 32

static void names_of_verdicts_and_errnos(void **state)
{
	static const int errors[] = {EPERM, EACCES, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT};
	size_t n = 0;

	(void)state;
	for (enum verdict verdict = 0; verdict < VERDICTS; verdict++)
		assert_int_equal(verdict_parse(verdict_name(verdict)), verdict);
	assert_int_equal(verdict_parse("deny"), -1);
	assert_int_equal(verdict_parse("Block"), -1);
	assert_int_equal(verdict_parse("bloc"), -1);
	assert_int_equal(verdict_parse(""), -1);
	for (; rule_errno_word(n); n++) {
		assert_int_equal(rule_errno_parse(rule_errno_word(n)), errors[n]);
		assert_string_equal(rule_errno_name(errors[n]), rule_errno_word(n));
	}
	assert_int_equal(n, LENGTH(errors));
	/* No errno that makes io_uring retry, and no other number. */
	assert_int_equal(rule_errno_parse("EAGAIN"), -1);
	assert_int_equal(rule_errno_parse("EINPROGRESS"), -1);
	assert_int_equal(rule_errno_parse(""), -1);
	assert_null(rule_errno_name(EAGAIN));
	assert_null(rule_errno_name(0));
}

/* Text of up to max - 1 of these letters. */
static void random_text(uint64_t *random, char *to, size_t max, const char *letters)
{
	size_t len = (unit_random(random) >> 8) % max;

	for (size_t i = 0; i < len; i++)
		to[i] = letters[(unit_random(random) >> 8) % strlen(letters)];
	to[len] = '\0';
}

static uint64_t below(uint64_t *random, uint64_t n)
{
	return (unit_random(random) >> 8) % n;
}

static struct rule_spec random_rule(uint64_t *random)
{
	static const uint16_t protocols[] = {PROTO_ANY, 6, 17, 1, 132, PROTO_RAW, 0, 33, 255, 2, 47, 99};
	struct rule_spec spec;
	char path[CGROUP_SIZE];

	rule_init(&spec, (enum verdict)below(random, VERDICTS));
	spec.prefix.len = (__u8)(96 + below(random, 32));
	spec.prefix.ip.w[2] = MAPPED_PREFIX;
	for (unsigned int bit = 96; bit < spec.prefix.len; bit++)
		spec.prefix.ip.b[bit / 8] |= (__u8)(below(random, 2) << (7 - bit % 8));
	spec.proto = protocols[below(random, LENGTH(protocols))];
	if (spec.proto != 1 && spec.proto != PROTO_RAW && below(random, 2)) {
		spec.port_lo = (uint16_t)(1 + below(random, UINT16_MAX));
		spec.port_hi = (uint16_t)(spec.port_lo + below(random, 65536u - spec.port_lo));
	}
	spec.subject = (enum subject_kind)below(random, SUBJECT_EXE + 1);
	if (is_range(spec.subject)) {
		spec.id = (uint32_t)below(random, UINT32_MAX - 1);
		spec.id_to = spec.id + 1 + (uint32_t)below(random, UINT32_MAX - 1 - spec.id);
	}
	if (spec.subject == SUBJECT_UID || spec.subject == SUBJECT_GID)
		spec.id = (uint32_t)below(random, UINT32_MAX);
	if (spec.subject == SUBJECT_CGROUP && below(random, 2)) {
		strcpy(path, "_");
		random_text(random, path + 1, 200, "ab-:_.@\\");
		strcat(path, "x.service");
		spec.cgroup = text_keep(path + (path[1] != '_' && path[1] != '.')); /* systemd escapes only these */
	} else if (spec.subject == SUBJECT_CGROUP || spec.subject == SUBJECT_EXE) {
		strcpy(path, "/c"); /* no name is "." */
		random_text(random, path + 2, NAME_SIZE - 1, "ab \"\\'#$`;x.");
		spec.cgroup = text_keep(path);
	}
	if (below(random, 2))
		spec.timeout = (1 + below(random, DURATION_MAX / 1000000000)) * 1000000000;
	random_text(random, spec.set, SET_SIZE, "abcZ_.059");
	spec.error = rule_errno_parse(rule_errno_word(below(random, 6)));
	random_text(random, spec.comment, COMMENT_SIZE, "ab \"\\'#$`;x");
	return spec;
}

static void what_is_formatted_makes_the_same_rule(void **state)
{
	uint64_t random = 3;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct rule_spec spec = random_rule(&random);
		char *text = rule_format(&spec), *line = strdup(text), *words[MAX_WORDS], *again;
		struct rules rules = {};
		struct error err = {};
		int n = words_split(line, words, MAX_WORDS, &err);

		if (n < 0 || rules_parse(&rules, (size_t)n, words, VERDICT_BLOCK, &err))
			fail_msg("'%s': %s", text, err.text);
		assert_case(rules.n == 1, text);
		assert_case(rules.at[0].timeout == spec.timeout, text);
		again = rule_format(&rules.at[0]);
		assert_string_equal(text, again);
		rules.at[0].timeout = spec.timeout = 0;
		assert_case(rule_same(&spec, &rules.at[0]), text);
		free(again);
		free(line);
		free(text);
		rules_free(&rules);
	}
}

static void the_longest_rule_is_written_whole(void **state)
{
	char path[CGROUP_SIZE] = "", *text;
	struct rule_spec spec;

	(void)state;
	rule_init(&spec, VERDICT_BLOCK);
	memset(spec.prefix.ip.b, 0xaa, 16);
	spec.prefix.len = 127;
	spec.port_lo = 10000;
	spec.proto = 255;
	spec.subject = SUBJECT_CGROUP;
	memset(path, '"', CGROUP_SIZE - 1);
	path[0] = '/';
	spec.cgroup = path;
	spec.timeout = DURATION_MAX - 1000000000;
	memset(spec.set, 's', SET_SIZE - 1);
	spec.error = ECONNREFUSED;
	memset(spec.comment, '\\', COMMENT_SIZE - 1);
	text = rule_format(&spec);
	assert_in(text, "block aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa:aaaa/127 port 10000-65535 proto 255 cgroup \"/");
	assert_in(text, " timeout 36499d23h59m59s set sssssssssssssssssssssssssssssss errno ECONNREFUSED comment \"");
	assert_int_equal(strlen(strstr(text, " comment ")), strlen(" comment ") + 2 + 2 * (COMMENT_SIZE - 1));
	free(text);
}

static void any_difference_makes_another_rule(void **state)
{
	struct rule_spec spec, other;

	(void)state;
	rule_init(&spec, VERDICT_BLOCK);
	spec.prefix.len = 32;
	strcpy(spec.comment, "x");
	strcpy(spec.set, "s");
	other = spec;
	assert_true(rule_same(&spec, &other));
	assert_true(rule_same_identity(&spec, &other));
	/* What is no part of the subject is not looked at. */
	other.id = 7;
	other.cgroup = "/a";
	assert_true(rule_same(&spec, &other));
#define OTHER(change, identity)                                                                                        \
	do {                                                                                                           \
		other = spec;                                                                                          \
		change;                                                                                                \
		assert_case(!rule_same(&spec, &other) && !rule_same(&other, &spec), #change);                          \
		assert_case(rule_same_identity(&spec, &other) == !(identity), #change);                                \
	} while (0)
	OTHER(other.prefix.len = 33, true);
	OTHER(other.prefix.ip.b[15] = 1, true);
	OTHER(other.port_lo = 1, true);
	OTHER(other.port_hi = 65534, true);
	OTHER(other.proto = 6, true);
	OTHER(other.subject = SUBJECT_UID, true);
	OTHER(other.subject = SUBJECT_CGROUP, true);
	OTHER(other.subject = SUBJECT_GID, true);
	OTHER(other.verdict = VERDICT_AUDIT, false);
	OTHER(other.error = EACCES, false);
	OTHER(other.timeout = 1, false);
	OTHER(other.set[0] = '\0', true);
	OTHER(other.comment[0] = '\0', false);
	spec.subject = SUBJECT_UID;
	OTHER(other.id = 1, true);
	spec.subject = SUBJECT_UIDS;
	spec.id_to = 9;
	OTHER(other.id_to = 8, true);
	OTHER(other.id = 1, true);
	OTHER(other.subject = SUBJECT_GIDS, true);
	spec.subject = SUBJECT_GIDS;
	OTHER(other.id_to = 8, true);
	OTHER(other.id = 1, true);
	spec.subject = SUBJECT_GID;
	OTHER(other.id = 1, true);
	spec.subject = SUBJECT_CGROUP;
	OTHER(other.cgroup = "/a", true);
	/* One that ends is another each time. */
	spec.timeout = 1;
	assert_false(rule_same(&spec, &spec));
	assert_true(rule_same_identity(&spec, &spec));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_verdicts_and_errnos),
		cmocka_unit_test(what_is_formatted_makes_the_same_rule),
		cmocka_unit_test(the_longest_rule_is_written_whole),
		cmocka_unit_test(any_difference_makes_another_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
