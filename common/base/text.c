// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

/* Characters that hide or reorder the visible text: direction marks and overrides, line and paragraph separators. */
static bool is_deceptive(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) ||
	       c == 0x061c || c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

/* Returns the length of the printable UTF-8 character at text, or 0 when it is not printable. */
static size_t printable(const unsigned char *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c;
	size_t len;

	if (text[0] < 0x80)
		return text[0] >= 0x20 && text[0] != 0x7f;
	len = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	c = text[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c < 0xa0 || is_deceptive(c))
		return 0;
	return len;
}

bool text_is_plain(const char *text)
{
	for (size_t len; *text; text += len) {
		len = printable((const unsigned char *)text);
		if (!len)
			return false;
	}
	return true;
}

char *text_escape(const char *text)
{
	bool plain = text_is_plain(text); /* as nearly all texts */
	char *copy = plain ? strdup(text) : malloc(strlen(text) * 4 + 1);
	char *to = copy;

	if (!copy || plain)
		return copy;
	while (*text) {
		size_t len = printable((const unsigned char *)text);

		if (len) {
			memcpy(to, text, len);
			to += len;
			text += len;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*text++);
		}
	}
	*to = '\0';
	return copy;
}

char *text_quote(const char *text)
{
	char *copy = malloc(strlen(text) * 2 + 3);
	char *to = copy;

	if (!copy)
		return NULL;
	*to++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	*to++ = '"';
	*to = '\0';
	return copy;
}

char *text_quote_escaped(const char *text)
{
	char *plain = text_escape(text), *quoted = plain ? text_quote(plain) : NULL;

	free(plain);
	return quoted;
}

static char *quote_single(const char *text)
{
	char *copy = malloc(strlen(text) * 5 + 3), *to = copy;

	if (!copy)
		return NULL;
	*to++ = '\'';
	for (; *text; text++) {
		if (*text == '\'')
			to = stpcpy(to, "'\"'\"'");
		else
			*to++ = *text;
	}
	strcpy(to, "'");
	return copy;
}

char *text_quote_word(const char *text)
{
	return strpbrk(text, "$`!") ? quote_single(text) : text_quote(text);
}

char *text_word(const char *text)
{
	return !*text || strpbrk(text, " \t\n\"'\\#;&|<>()$`!{}") ? text_quote_word(text) : strdup(text);
}

/*
 * Returns the number of edits (insert, drop, replace, swap two neighbours) from a to b: Damerau's distance, one row of
 * the table at a time. For words of less than 32 bytes.
 */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][33];
	size_t la = strlen(a), lb = strlen(b);

	if (la > 32 || lb > 32)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

const char *text_nearest(const char *typed, size_t n, const char *(*word)(size_t i, const void *arg), const void *arg)
{
	const char *nearest = NULL;
	/* A word at a larger distance is another word: "dns" is no "any". */
	size_t least = strlen(typed) > 3 ? strlen(typed) / 3 + 2 : 2;

	for (size_t i = 0; i < n; i++) {
		const char *candidate = word(i, arg);
		size_t edits = candidate ? distance(typed, candidate) : SIZE_MAX;

		if (edits < least && edits < strlen(typed)) {
			least = edits;
			nearest = candidate;
		}
	}
	return nearest;
}
