// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "split.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int left_open(char *to, const char *word, char quote, struct error *err)
{
	*to = '\0';
	if (quote)
		return error_set(err, ERR_INPUT, "an open quote, near '%.64s': close it with %c", word, quote);
	return error_set(err, ERR_INPUT, "nothing follows a backslash, near '%.64s': type \\\\ for a backslash", word);
}

/* Returns whether a backslash before this character escapes it. */
static bool is_escaped(char c, char quote)
{
	return c == '\\' || c == '"' || (!quote && (is_blank(c) || c == '\'' || c == '#' || c == ';'));
}

/* Copies a word to *to without its quotes. Leaves *from at the blank or the end after it. */
static int take_word(char **from, char **to, struct error *err)
{
	const char *word = *to;
	char quote = 0;

	for (; **from && (quote || !is_blank(**from)); (*from)++) {
		char c = **from;

		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\' && quote != '\'') {
			if (!(*from)[1])
				return left_open(*to, word, quote, err);
			/* Before any other character it stands for itself: systemd writes \x2d into names. */
			if (is_escaped((*from)[1], quote))
				c = *++*from;
		}
		*(*to)++ = c;
	}
	return quote ? left_open(*to, word, quote, err) : 0;
}

int words_split(char *line, char *words[], size_t max, struct error *err)
{
	char *from = line, *to = line;
	size_t n = 0;

	for (;;) {
		bool last;

		while (is_blank(*from))
			from++;
		if (!*from || *from == '#' || *from == ';')
			return (int)n;
		if (n == max)
			return error_set(err, ERR_INPUT, "more than %zu words, near '%.64s'", max, from);
		words[n++] = to;
		if (take_word(&from, &to, err))
			return -1;
		/* Skip the blank first: the NUL of the word may overwrite it. */
		last = !*from;
		from += !last;
		*to++ = '\0';
		if (last)
			return (int)n;
	}
}
