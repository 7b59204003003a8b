// SPDX-License-Identifier: GPL-2.0-only
/* Reads lines of a foreign list, and their fields. A list of any length needs the memory of a few lines. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "foreign_lines.h"

#define PIECE ((size_t)2 * FOREIGN_MAX_LINE)

int foreign_fill(struct foreign_lines *lines, struct error *err)
{
	ssize_t got;

	if (lines->end || !lines->buffer)
		return 0;
	lines->have -= lines->at;
	memmove(lines->buffer, lines->buffer + lines->at, lines->have);
	lines->at = 0;
	if (lines->have == PIECE)
		return 0;
	do
		got = read(lines->fd, lines->buffer + lines->have, PIECE - lines->have);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(err, errno, "cannot read %s", lines->name);
	lines->end = !got;
	lines->have += (size_t)got;
	return got > 0;
}

/* Returns the end of the field at text: its separator or a newline, or NULL if the text ends first. */
static const char *field_end(const char *text, const char *end, char separator)
{
	bool quoted = false, start = true;

	for (const char *at = text; at < end; at++) {
		if (quoted) {
			quoted = *at != '"';
			if (!quoted && at + 1 < end && at[1] == '"') {
				quoted = true;
				at++;
			}
		} else if (*at == '"' && start) {
			quoted = true;
		} else if (*at == separator || *at == '\n') {
			return at;
		}
		start = start && foreign_is_blank(*at);
	}
	return quoted ? NULL : end;
}

/* Returns the end of the first record, or NULL if it is not in this text; *open: a quote is still open. */
static const char *record_end(const char *text, const char *end, char separator, bool *open)
{
	*open = false;
	if (!separator)
		return memchr(text, '\n', (size_t)(end - text));
	for (const char *at = text; at < end; at++) {
		at = field_end(at, end, separator);
		*open = !at;
		if (!at || at == end)
			return NULL;
		if (*at == '\n')
			return at;
	}
	return NULL;
}

/* Skips the rest of an overlong line. */
static int skip(struct foreign_lines *lines, struct error *err)
{
	while (lines->skipping) {
		const char *start = lines->text + lines->at;
		const char *newline = memchr(start, '\n', lines->have - lines->at);
		int ret;

		if (newline) {
			lines->at = (size_t)(newline + 1 - lines->text);
			lines->skipping = false;
			break;
		}
		lines->at = lines->have;
		ret = foreign_fill(lines, err);
		if (ret <= 0)
			return ret;
	}
	return 1;
}

static int open_quote(const struct foreign_lines *lines, struct error *err)
{
	size_t left = lines->have - lines->at;

	return error_set(err, ERR_INPUT, "%s:%zu: a quote is left open, near '%.*s': close it with \"", lines->name,
			 lines->line, (int)(left < 32 ? left : 32), lines->text + lines->at);
}

int foreign_line(struct foreign_lines *lines, char separator, const char **line, size_t *len, struct error *err)
{
	const char *start, *end;
	bool open;
	int ret;

	if (lines->skipping && (ret = skip(lines, err)) <= 0)
		return ret;
	lines->line += lines->lines;
	lines->lines = 1;
	for (;;) {
		start = lines->text + lines->at;
		end = record_end(start, lines->text + lines->have, separator, &open);
		if (end || lines->have - lines->at > FOREIGN_MAX_LINE)
			break;
		ret = foreign_fill(lines, err);
		if (ret < 0)
			return -1;
		if (!ret) {
			start = lines->text + lines->at;
			end = lines->text + lines->have;
			if (open && start < end)
				return open_quote(lines, err);
			break;
		}
	}
	if (lines->at == lines->have)
		return 0;
	*line = start;
	if (!end || end - start > FOREIGN_MAX_LINE) {
		if (open)
			return open_quote(lines, err);
		*len = FOREIGN_MAX_LINE + 1;
		lines->skipping = true;
		return 1;
	}
	*len = (size_t)(end - start);
	lines->at = (size_t)(end - lines->text) + (end < lines->text + lines->have);
	if (separator) {
		for (const char *at = start; (at = memchr(at, '\n', (size_t)(end - at))); at++)
			lines->lines++;
	}
	return 1;
}

struct foreign_field foreign_trim(const char *text, size_t len)
{
	while (len && foreign_is_blank(*text)) {
		text++;
		len--;
	}
	while (len && foreign_is_blank(text[len - 1]))
		len--;
	return (struct foreign_field){text, len};
}

struct foreign_field foreign_strip(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((line[i] == '#' || line[i] == ';') && (!i || foreign_is_blank(line[i - 1])))
			len = i;
	}
	return foreign_trim(line, len);
}

size_t foreign_split_blanks(const char *line, size_t len, struct foreign_field fields[FOREIGN_FIELDS])
{
	const char *at = line, *end = line + len;
	size_t n = 0;

	while (n < FOREIGN_FIELDS) {
		const char *start;

		while (at < end && foreign_is_blank(*at))
			at++;
		if (at == end)
			break;
		for (start = at; at < end && !foreign_is_blank(*at); at++)
			;
		fields[n++] = (struct foreign_field){start, (size_t)(at - start)};
	}
	return n;
}

static struct foreign_field without_quotes(struct foreign_field field)
{
	if (field.len >= 2 && field.text[0] == '"' && field.text[field.len - 1] == '"')
		return foreign_trim(field.text + 1, field.len - 2);
	return field;
}

size_t foreign_split_csv(const char *line, size_t len, char separator, struct foreign_field fields[FOREIGN_FIELDS])
{
	const char *at = line, *end = line + len;
	size_t n = 0;

	while (n < FOREIGN_FIELDS) {
		const char *behind = field_end(at, end, separator);

		/* Here a newline comes only in a line that is no CSV: outside quotes it ends a record. */
		behind = behind ? behind : end;
		fields[n++] = without_quotes(foreign_trim(at, (size_t)(behind - at)));
		if (behind >= end)
			break;
		at = behind + 1;
	}
	return n;
}

char foreign_separator(const char *line, size_t len, bool tab)
{
	static const char separators[] = ",;|\t";
	size_t counts[4] = {}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		const char *which = line[i] ? strchr(separators, line[i]) : NULL;

		quoted ^= line[i] == '"';
		/* After a blank, a semicolon begins a comment. */
		if (which && !quoted && !(line[i] == ';' && (!i || foreign_is_blank(line[i - 1]))))
			counts[which - separators]++;
	}
	for (size_t i = 1; i < (tab ? 4 : 3); i++)
		best = counts[i] > counts[best] ? i : best;
	return counts[best] ? separators[best] : 0;
}
