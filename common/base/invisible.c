// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdio.h>
#include "invisible.h"

static const struct {
	uint32_t first, last;
	const char *name;
} invisibles[] = {
	{0x00a0, 0x00a0, "a no-break space"},
	{0x00ad, 0x00ad, "a soft hyphen"},
	{0x034f, 0x034f, "a grapheme joiner"},
	{0x061c, 0x061c, "a mark for the direction of text"},
	{0x115f, 0x1160, "a filler"},
	{0x1680, 0x1680, "a space that is not ASCII's"},
	{0x180e, 0x180e, "a vowel separator"},
	{0x2000, 0x200a, "a space that is not ASCII's"},
	{0x200b, 0x200b, "a zero-width space"},
	{0x200c, 0x200d, "a zero-width joiner"},
	{0x200e, 0x200f, "a mark for the direction of text"},
	{0x2028, 0x2029, "a line separator that is not ASCII's"},
	{0x202a, 0x202e, "a mark for the direction of text"},
	{0x202f, 0x202f, "a narrow no-break space"},
	{0x205f, 0x205f, "a space that is not ASCII's"},
	{0x2060, 0x2064, "a word joiner"},
	{0x2066, 0x2069, "a mark for the direction of text"},
	{0x3000, 0x3000, "a space that is not ASCII's"},
	{0x3164, 0x3164, "a filler"},
	{0xfe00, 0xfe0f, "a variation selector"},
	{0xfeff, 0xfeff, "a byte order mark"},
	{0xe0000, 0xe007f, "a tag character"},
};

/* Returns the length of the UTF-8 sequence at the start, and sets its code; 0: it is not UTF-8. */
static size_t decode(const unsigned char *at, size_t left, uint32_t *code)
{
	size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

	if (at[0] < 0xc2 || at[0] > 0xf4 || left < len)
		return 0;
	*code = at[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (at[i] & 0x3fu);
	}
	return len;
}

static const char *name_of(uint32_t code)
{
	for (size_t i = 0; i < sizeof(invisibles) / sizeof(invisibles[0]); i++) {
		if (code >= invisibles[i].first && code <= invisibles[i].last)
			return invisibles[i].name;
	}
	return NULL;
}

bool text_invisible(const char *text, size_t len, struct invisible *found)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0, step; i < len; i += step) {
		uint32_t code = bytes[i];
		const char *name;

		step = 1;
		if (code < 0x80)
			continue;
		step = decode(bytes + i, len - i, &code);
		/* In ISO 8859-1 the no-break space is the single byte of the same number. */
		name = step || code == 0xa0 ? name_of(code) : NULL;
		step = step ? step : 1;
		if (name) {
			*found = (struct invisible){.name = name, .code = code, .at = i, .len = step};
			return true;
		}
	}
	return false;
}

int invisible_error(const char *text, size_t len, const struct invisible *found, struct error *err)
{
	size_t from = found->at, to = found->at + found->len;
	char bytes[17]; /* four at most, as \xNN: printed raw it would stay invisible */

	while (from && found->at - from < 24 && text[from - 1] != ' ' && text[from - 1] != '\t')
		from--;
	while (to < len && to - found->at < 24 && text[to] != ' ' && text[to] != '\t')
		to++;
	for (size_t i = 0; i < found->len; i++)
		sprintf(bytes + 4 * i, "\\x%02x", (unsigned char)text[found->at + i]);
	return error_set(err, ERR_INPUT, "an invisible character, near '%.*s%s%.*s': %s (U+%04X), so delete it",
			 (int)(found->at - from), text + from, bytes, (int)(to - found->at - found->len),
			 text + found->at + found->len, found->name, found->code);
}
