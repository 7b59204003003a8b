// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "rule.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int left_open(char *to, const char *word, char quote, struct error *err)
{
	*to = '\0';
	if (quote)
		return error_set(err, ERR_INPUT, "a quote is left open, near '%.64s': close it with %c", word, quote);
	return error_set(err, ERR_INPUT, "a backslash has nothing behind it, near '%.64s': write \\\\ for one", word);
}

/* Copies one word down to *to, without its quotes. *from is left at the blank behind it, or the end. */
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
			c = *++*from;
			if (!c)
				return left_open(*to, word, quote, err);
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
		/* The word's NUL may take the place of the blank behind it, which is stepped over first. */
		last = !*from;
		from += !last;
		*to++ = '\0';
		if (last)
			return (int)n;
	}
}
