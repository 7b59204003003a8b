// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rule.h"
#include "text.h"

static const char *const verdicts[VERDICTS] = {
	[VERDICT_ALLOW] = "allow",
	[VERDICT_BLOCK] = "block",
	[VERDICT_AUDIT] = "audit",
};

/* Those that connect(2) can give anyway. None that io_uring would try again: EAGAIN, EINPROGRESS, ECONNABORTED. */
static const struct {
	const char *name;
	int value;
} errnos[] = {
	{"EPERM", EPERM},
	{"EACCES", EACCES},
	{"ECONNREFUSED", ECONNREFUSED},
	{"EHOSTUNREACH", EHOSTUNREACH},
	{"ENETUNREACH", ENETUNREACH},
	{"ETIMEDOUT", ETIMEDOUT},
};

#define ERRNOS (sizeof(errnos) / sizeof(errnos[0]))

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict];
}

int verdict_parse(const char *word)
{
	for (int i = 0; i < VERDICTS; i++) {
		if (!strcmp(word, verdicts[i]))
			return i;
	}
	return -1;
}

const char *rule_errno_word(size_t i)
{
	return i < ERRNOS ? errnos[i].name : NULL;
}

const char *rule_errno_name(int error)
{
	for (size_t i = 0; i < ERRNOS; i++) {
		if (errnos[i].value == error)
			return errnos[i].name;
	}
	return NULL;
}

int rule_errno_parse(const char *word)
{
	for (size_t i = 0; i < ERRNOS; i++) {
		if (!strcmp(word, errnos[i].name))
			return errnos[i].value;
	}
	return -1;
}

static int parse_comment(struct rule_spec *spec, const char *text, struct error *err)
{
	if (strlen(text) >= sizeof(spec->comment))
		return error_set(err, ERR_INPUT, "bad comment, near '%.32s...': at most %zu bytes", text,
				 sizeof(spec->comment) - 1);
	if (!text_is_plain(text))
		return error_set(err, ERR_INPUT, "bad comment, near '%s': only printable UTF-8 on one line", text);
	strcpy(spec->comment, text);
	return 0;
}

static int parse_errno(struct rule_spec *spec, const char *word, struct error *err)
{
	int error = rule_errno_parse(word);

	if (error < 0)
		return error_set(
			err, ERR_INPUT,
			"bad errno, near '%.64s': one of EPERM, EACCES, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, "
			"ETIMEDOUT",
			word);
	spec->error = error;
	return 0;
}

static const struct {
	const char *word;
	int (*parse)(struct rule_spec *, const char *, struct error *);
} options[] = {
	{"comment", parse_comment},
	{"errno", parse_errno},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static const char *option_word(size_t i, const void *arg)
{
	(void)arg;
	return options[i].word;
}

static int parse_options(struct rule_spec *spec, size_t n, char *const words[], struct error *err)
{
	bool seen[OPTIONS] = {};

	for (size_t i = 0; i < n; i += 2) {
		size_t o = 0;

		while (o < OPTIONS && strcmp(words[i], options[o].word))
			o++;
		if (o == OPTIONS) {
			const char *nearest = text_nearest(words[i], OPTIONS, option_word, NULL);

			if (nearest)
				return error_set(err, ERR_INPUT, "unknown word, near '%.64s': did you mean '%s'?",
						 words[i], nearest);
			return error_set(
				err, ERR_INPUT,
				"unknown word, near '%.64s': a destination is followed by 'errno NAME' or 'comment "
				"TEXT', and several destinations by commas: 192.0.2.1,192.0.2.2",
				words[i]);
		}
		if (seen[o])
			return error_set(err, ERR_INPUT, "'%s' is there twice", words[i]);
		seen[o] = true;
		if (i + 1 == n)
			return error_set(err, ERR_INPUT, "'%s' is followed by nothing", words[i]);
		if (options[o].parse(spec, words[i + 1], err))
			return -1;
	}
	return 0;
}

int rule_parse(struct rule_words *out, size_t n, char *const words[], enum verdict verdict, struct error *err)
{
	struct rule_words found = {.spec = {.verdict = verdict, .error = EPERM}};
	int named = n ? verdict_parse(words[0]) : -1;

	if (named >= 0) {
		found.spec.verdict = (enum verdict)named;
		words++;
		n--;
	}
	if (!n)
		return error_set(err, ERR_USAGE, "a destination is missing (an address, a prefix, a range or a word)");
	if (parse_options(&found.spec, n - 1, words + 1, err) || prefixes_parse(&found.destinations, words[0], err))
		return -1;
	*out = found;
	return 0;
}

int rule_parse_identity(struct rule_words *out, size_t n, char *const words[], struct error *err)
{
	struct rule_words found = {};

	if (!n)
		return error_set(err, ERR_USAGE, "a rule is missing (its destination, or 'id N')");
	if (n > 1)
		return error_set(err, ERR_USAGE,
				 "unexpected '%.64s': a rule is named by its destination alone, several by commas",
				 words[1]);
	if (prefixes_parse(&found.destinations, words[0], err))
		return -1;
	*out = found;
	return 0;
}

char *rule_format(const struct rule_spec *spec)
{
	char destination[PREFIX_TEXT_SIZE];
	char *text, *quoted = text_quote(spec->comment);
	int len;

	prefix_format(&spec->prefix, true, destination);
	if (!quoted)
		return NULL;
	len = asprintf(&text, "%s %s%s%s%s%s", verdict_name(spec->verdict), destination,
		       spec->error != EPERM ? " errno " : "", spec->error != EPERM ? rule_errno_name(spec->error) : "",
		       spec->comment[0] ? " comment " : "", spec->comment[0] ? quoted : "");
	free(quoted);
	return len < 0 ? NULL : text;
}

bool rule_same(const struct rule_spec *a, const struct rule_spec *b)
{
	return prefix_equal(&a->prefix, &b->prefix) && a->verdict == b->verdict && a->error == b->error &&
	       !strcmp(a->comment, b->comment);
}
