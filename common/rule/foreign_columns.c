// SPDX-License-Identifier: GPL-2.0-only
/* Reads lists of lines and fields: plain, columns, csv, netmask and range. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/num.h"
#include "base/text.h"
#include "foreign_columns.h"
#include "prefix_scan.h"

#define NO_COLUMN SIZE_MAX
#define HEADING	  128 /* bytes of the longest heading that --column can name */

struct reading {
	struct foreign *f;
	bool begun;	   /* the first line that is no comment has been read */
	char separator;	   /* 0: blanks */
	size_t column[2];  /* from 0 */
	bool commented[2]; /* a comment has its heading */
	struct foreign_field fields[FOREIGN_FIELDS];
	size_t n;
	const char *names[FOREIGN_FIELDS]; /* to suggest the nearest heading */
	char name_text[2048];
};

static bool has_two(const struct reading *r)
{
	return r->f->format == FOREIGN_NETMASK || r->f->format == FOREIGN_RANGE;
}

/* Returns the field with this heading, or NO_COLUMN. */
static size_t find_heading(const struct reading *r, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < r->n; i++) {
		if (r->fields[i].len == len && !strncasecmp(r->fields[i].text, name, len))
			return i;
	}
	return NO_COLUMN;
}

static const char *heading_at(size_t i, const void *arg)
{
	const struct reading *r = arg;

	return r->names[i];
}

static int no_heading(struct reading *r, const char *name)
{
	size_t used = 0, n = 0;
	const char *nearest;
	char all[512] = "";

	for (size_t i = 0; i < r->n; i++) {
		size_t len = r->fields[i].len;

		if (len >= HEADING || used + len + 1 > sizeof(r->name_text))
			break;
		memcpy(r->name_text + used, r->fields[i].text, len);
		r->name_text[used + len] = '\0';
		r->names[n++] = r->name_text + used;
		used += len + 1;
		if (strlen(all) + len + 3 < sizeof(all))
			sprintf(all + strlen(all), "%s%s", n > 1 ? ", " : "", r->names[n - 1]);
	}
	nearest = text_nearest(name, n, heading_at, r);
	if (nearest)
		return foreign_fail(r->f, "no such heading, near '%.64s': did you mean '%s'?", name, nearest);
	return foreign_fail(r->f, "no such heading, near '%.64s': there are %s", name, all);
}

/* Some lists name their columns in a comment: "# ip,port". */
static void look_for_headings(struct reading *r, const struct foreign_field *comment)
{
	const char *text = comment->text, *end = comment->text + comment->len;
	char separator;

	if (r->begun || !r->f->list->n_columns)
		return;
	while (text < end && (*text == '#' || foreign_is_blank(*text)))
		text++;
	separator = foreign_separator(text, (size_t)(end - text), true);
	r->n = separator ? foreign_split_csv(text, (size_t)(end - text), separator, r->fields)
			 : foreign_split_blanks(text, (size_t)(end - text), r->fields);
	for (size_t i = 0; i < r->f->list->n_columns; i++) {
		size_t found = find_heading(r, r->f->list->columns[i]);

		r->commented[i] = found != NO_COLUMN;
		if (r->commented[i])
			r->column[i] = found;
	}
}

/* Sets columns given by numbers. Skips the first line if it is a heading. */
static bool is_heading_line(const struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (foreign_is_address(&r->fields[i]) || foreign_is_masked(&r->fields[i]))
			return false;
	}
	return r->n > 1 && r->column[0] < r->n && foreign_is_heading(&r->fields[r->column[0]]);
}

/* Finds the columns by the first line that is no comment. Returns 1 if that line is a heading. */
static int find_columns(struct reading *r)
{
	const struct foreign_list *list = r->f->list;
	bool named = false;

	for (size_t i = 0; i < list->n_columns; i++) {
		uint64_t number;

		if (!num_parse(list->columns[i], FOREIGN_FIELDS, &number) && number) {
			r->column[i] = (size_t)number - 1;
			continue;
		}
		if (r->commented[i])
			continue;
		r->column[i] = find_heading(r, list->columns[i]);
		if (r->column[i] == NO_COLUMN)
			return no_heading(r, list->columns[i]);
		named = true;
	}
	if (list->n_columns < 2)
		r->column[1] = r->column[0] + 1;
	return named || is_heading_line(r);
}

/* Checks a line of a guessed list: -1 if another field is an address too, or says that this one is let through. */
static int check_guess(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (i != r->column[0] && foreign_check_other(r->f, &r->fields[i]))
			return -1;
	}
	return 0;
}

/* Returns the prefix length of a mask, or -1. */
static int mask_length(const struct foreign_field *mask, bool v6)
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];
	int size = v6 ? 16 : 4, len = 0;

	if (!mask->len || mask->len >= sizeof(text))
		return -1;
	memcpy(text, mask->text, mask->len);
	text[mask->len] = '\0';
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, bytes) != 1)
		return -1;
	while (len < size * 8 && bytes[len / 8] & 0x80 >> len % 8)
		len++;
	for (int bit = len; bit < size * 8; bit++) {
		if (bytes[bit / 8] & 0x80 >> bit % 8)
			return -1;
	}
	return len;
}

static int take_masked(struct reading *r, struct foreign_field address, struct foreign_field mask)
{
	bool v6 = memchr(address.text, ':', address.len);
	char text[2 * INET6_ADDRSTRLEN];
	int len = mask_length(&mask, v6);

	if (len < 0)
		return foreign_bad(r->f, FOREIGN_NO_ADDRESS,
				   "no netmask, near '%.*s': ones and then zeros, such as 255.255.255.0",
				   (int)(mask.len < 64 ? mask.len : 64), mask.text);
	if (address.len >= INET6_ADDRSTRLEN)
		return foreign_entry(r->f, address.text, address.len, 0); /* refuses it as no address */
	snprintf(text, sizeof(text), "%.*s/%d", (int)address.len, address.text, len);
	return foreign_entry(r->f, text, strlen(text), 0);
}

static int take_range(struct reading *r, struct foreign_field first, struct foreign_field last)
{
	char text[2 * INET6_ADDRSTRLEN + 1];

	if (first.len >= INET6_ADDRSTRLEN || last.len >= INET6_ADDRSTRLEN || !last.len)
		return foreign_bad(r->f, FOREIGN_NO_ADDRESS,
				   "no range, near '%.*s': an address where it starts, and one where it ends",
				   (int)(first.len < 64 ? first.len : 64), first.text);
	snprintf(text, sizeof(text), "%.*s-%.*s", (int)first.len, first.text, (int)last.len, last.text);
	return foreign_entry(r->f, text, strlen(text), 0);
}

static int missing(struct reading *r, size_t column)
{
	return foreign_bad(r->f, FOREIGN_MISSING, "no column %zu, near '%.*s'", column + 1,
			   (int)(r->fields[0].len < 64 ? r->fields[0].len : 64), r->n ? r->fields[0].text : "");
}

/* Reads one field with both: 192.0.2.0/255.255.255.0, 192.0.2.0/24, 192.0.2.0-192.0.2.9. False if it has only one. */
static bool take_one_of_two(struct reading *r, const struct foreign_field *field, int *ret)
{
	const char *cut = memchr(field->text, r->f->format == FOREIGN_NETMASK ? '/' : '-', field->len);

	if (r->f->format == FOREIGN_NETMASK && foreign_is_masked(field)) {
		*ret = take_masked(r, (struct foreign_field){field->text, (size_t)(cut - field->text)},
				   (struct foreign_field){cut + 1, (size_t)(field->text + field->len - cut - 1)});
		return true;
	}
	if (!cut || field->len < 3)
		return false;
	*ret = foreign_entry(r->f, field->text, field->len, 0);
	return true;
}

/* Makes the three words of "a - b" one field. */
static void join_ranges(struct reading *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct foreign_field *to = &r->fields[kept++];

		*to = r->fields[i];
		if (i + 2 >= r->n || !foreign_field_is(&r->fields[i + 1], "-") || !foreign_is_address(to) ||
		    !foreign_is_address(&r->fields[i + 2]))
			continue;
		to->len = (size_t)(r->fields[i + 2].text + r->fields[i + 2].len - to->text);
		i += 2;
	}
	r->n = kept;
}

static int take_fields(struct reading *r)
{
	size_t column = r->column[0];
	int ret;

	if (r->f->guessed && check_guess(r))
		return -1;
	/* No reading of a hosts file blocks loopback on purpose. */
	if (!r->separator && !column && r->n > 1 && foreign_is_sink(&r->fields[0]) && foreign_is_name(&r->fields[1]))
		return foreign_fail(r->f, "a hosts file, near '%.*s': it lists names, and rules are for addresses",
				    (int)(r->fields[1].len < 64 ? r->fields[1].len : 64), r->fields[1].text);
	if (column >= r->n)
		return missing(r, column);
	if (!has_two(r))
		return foreign_entry(r->f, r->fields[column].text, r->fields[column].len, 0);
	if (take_one_of_two(r, &r->fields[column], &ret))
		return ret;
	if (r->column[1] >= r->n)
		return missing(r, r->column[1]);
	return r->f->format == FOREIGN_RANGE ? take_range(r, r->fields[column], r->fields[r->column[1]])
					     : take_masked(r, r->fields[column], r->fields[r->column[1]]);
}

static int take_plain(struct reading *r, const struct foreign_field *line)
{
	size_t which = 0;

	if (foreign_is_address(line))
		return foreign_entry(r->f, line->text, line->len, 0);
	r->n = foreign_split_blanks(line->text, line->len, r->fields);
	while (which < r->n && !foreign_is_address(&r->fields[which]))
		which++;
	if (which == r->n || r->n == 1)
		return foreign_entry(r->f, line->text, line->len, 0);
	if (r->f->guessed)
		return foreign_fail(
			r->f,
			"more than an address, near '%.*s': the lines are of more than one kind, so say which with --format (plain, columns, csv, json, netmask, range or ipset)",
			(int)(line->len < 64 ? line->len : 64), line->text);
	return foreign_bad(r->f, FOREIGN_NO_ADDRESS,
			   "more than an address, near '%.*s': '--format columns' reads a column",
			   (int)(line->len < 64 ? line->len : 64), line->text);
}

/* The fast path for most lines of a long list: only an address. Returns false if the line has more. */
static bool take_fast(struct reading *r, const char *line, size_t len, int *ret)
{
	const char *end = line + len, *at;
	struct prefix prefix;

	while (line < end && foreign_is_blank(*line))
		line++;
	at = prefix_scan(line, end, &prefix);
	if (!at)
		return false;
	len = (size_t)(at - line);
	while (at < end && foreign_is_blank(*at))
		at++;
	if (at < end && *at != '#')
		return false;
	*ret = foreign_entry(r->f, line, len, 0);
	return true;
}

static int take_line(struct reading *r, const char *text, size_t len)
{
	struct foreign_field line = foreign_trim(text, len > FOREIGN_MAX_LINE ? 0 : len);
	int ret;

	if (len > FOREIGN_MAX_LINE)
		return foreign_bad(r->f, FOREIGN_BAD_LINE, "a line of more than %d bytes", FOREIGN_MAX_LINE);
	if (memchr(text, '\0', len))
		return foreign_bad(r->f, FOREIGN_BAD_LINE, "a NUL byte, near '%.64s': this is no text", line.text);
	if (line.len && line.text[0] == '#')
		look_for_headings(r, &line);
	if (r->f->format != FOREIGN_CSV)
		line = foreign_strip(text, len);
	if (!line.len || line.text[0] == '#')
		return 0;
	if (r->f->format == FOREIGN_PLAIN)
		return take_plain(r, &line);
	/* A tab before the first field of CSV separates, too. */
	if (r->separator == '\t')
		line = (struct foreign_field){text, (size_t)(line.text + line.len - text)};
	r->n = r->separator ? foreign_split_csv(line.text, line.len, r->separator, r->fields)
			    : foreign_split_blanks(line.text, line.len, r->fields);
	if (!r->separator)
		join_ranges(r);
	ret = r->begun ? 0 : find_columns(r);
	r->begun = true;
	return ret ? (ret < 0 ? -1 : 0) : take_fields(r);
}

/* Guesses the separator by the first line that is no comment. */
static void find_separator(struct reading *r)
{
	const struct foreign_lines *lines = &r->f->lines;
	const char *at = lines->text + lines->at, *end = lines->text + lines->have, *next;

	for (; at < end && !r->separator; at = next) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct foreign_field line = foreign_trim(at, (size_t)((newline ? newline : end) - at));

		next = newline ? newline + 1 : end;
		if (!line.len || line.text[0] == '#' || line.text[0] == ';')
			continue;
		r->separator = foreign_separator(line.text, line.len, r->f->format == FOREIGN_CSV);
		if (r->f->format != FOREIGN_CSV)
			return;
	}
	if (!r->separator && r->f->format == FOREIGN_CSV)
		r->separator = ',';
}

static int check_columns(const struct foreign *f)
{
	const size_t most = f->format == FOREIGN_NETMASK || f->format == FOREIGN_RANGE ? 2 : f->format != FOREIGN_PLAIN;

	if (f->list->n_columns > most)
		return error_set(f->err, ERR_USAGE, "too many --column, near '%.64s': this format has %zu",
				 f->list->columns[most], most);
	for (size_t i = 0; i < f->list->n_columns; i++) {
		const char *column = f->list->columns[i];
		uint64_t number;

		if (!*column || (column[0] >= '0' && column[0] <= '9' &&
				 (num_parse(column, FOREIGN_FIELDS, &number) == -ERANGE || !strcmp(column, "0"))))
			return error_set(f->err, ERR_USAGE,
					 "bad --column, near '%.64s': a number from 1 to %d, or a heading", column,
					 FOREIGN_FIELDS);
	}
	return 0;
}

int foreign_read_columns(struct foreign *f)
{
	struct reading *r;
	const char *line;
	size_t len;
	int ret;

	if (check_columns(f))
		return -1;
	r = calloc(1, sizeof(*r));
	if (!r)
		return error_errno(f->err, ENOMEM, "cannot read %s", f->list->name);
	r->f = f;
	if (f->guessed)
		r->column[0] = f->guess.column;
	if (f->format != FOREIGN_PLAIN && f->format != FOREIGN_COLUMNS)
		find_separator(r);
	while ((ret = foreign_line(&f->lines, f->format == FOREIGN_CSV ? r->separator : 0, &line, &len, f->err)) > 0) {
		int taken = 0;

		if (f->format == FOREIGN_PLAIN && len <= FOREIGN_MAX_LINE && take_fast(r, line, len, &taken))
			ret = taken;
		else
			ret = take_line(r, line, len);
		if (ret)
			break;
	}
	free(r);
	return ret;
}
