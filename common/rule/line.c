// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include "base/invisible.h"
#include "line.h"
#include "parse.h"
#include "prefix_scan.h"
#include "verdict.h"

bool line_is_rule(int n, char *const words[])
{
	if (verdict_parse(words[0]) >= 0)
		return true;
	for (size_t i = 0; n > 1 && rule_word(i, false); i++) {
		if (!strcmp(words[1], rule_word(i, false)))
			return true;
	}
	return false;
}

int line_check_command(const char *word, struct error *err)
{
	static const char *const others[] = {"del", "flush", "list", "load", "unload", "restore", "save", "batch"};

	if (!strcmp(word, "lsmctl"))
		return error_set(err, ERR_INPUT, "the program's name, near 'lsmctl': type the line without it");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcmp(word, others[i]))
			return error_set(
				err, ERR_INPUT,
				"another command, near '%s': only rules and settings are allowed here (use 'lsmctl batch' for commands)",
				word);
	}
	return 0;
}

static bool is_host(const char *text, size_t len)
{
	struct prefix prefix;

	return !prefix_parse_fast(text, len, &prefix) && !memchr(text, '/', len);
}

int line_check_columns(int n, char *const words[], struct error *err)
{
	const char *first = words[0], *comma = strchrnul(first, ','),
		   *second = *comma  ? comma + 1
			     : n > 1 ? words[1]
				     : "";
	size_t len = strcspn(second, ",");

	if (!is_host(first, (size_t)(comma - first)) || !is_host(second, len) || (*comma && n > 1))
		return 0;
	return error_set(
		err, ERR_INPUT,
		"two columns of addresses, near '%.*s %.*s': 'lsmctl import' reads start and end (--format range) and address and netmask (--format netmask); for two hosts write 'block' before them",
		(int)(comma - first), first, (int)len, second);
}

/* In the line the three follow one another, with more room than they need together. */
int line_join_range(int n, char *words[])
{
	for (int i = 1; i + 1 < n && i < 4; i++) {
		if (strcmp(words[i], "-") != 0 || !is_host(words[i - 1], strlen(words[i - 1])) ||
		    !is_host(words[i + 1], strlen(words[i + 1])))
			continue;
		sprintf(words[i - 1] + strlen(words[i - 1]), "-%s", words[i + 1]);
		memmove(&words[i], &words[i + 2], (size_t)(n - i - 2) * sizeof(*words));
		return n - 2;
	}
	return n;
}

void line_name_invisible(const char *line, size_t len, struct error *why)
{
	struct invisible found;
	size_t quotes = 0;

	/* In binary data, odd bytes mean nothing. */
	if (why->code != ERR_INPUT || memchr(line, '\0', len) || !text_invisible(line, len, &found))
		return;
	for (size_t i = 0; i < found.at; i++)
		quotes += line[i] == '"';
	if (quotes % 2)
		return;
	why->code = ERR_NONE;
	invisible_error(line, len, &found, why);
}
