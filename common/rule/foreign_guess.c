// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guesses the format of a list, and only where no other is possible: each line has one address, and all have it in the
 * same place. Where two readings are possible, a person has to choose.
 */
#include <stdio.h>
#include "base/invisible.h"
#include "foreign_field.h"
#include "foreign_guess.h"
#include "verdict.h"

#define MAX_LOOKED_AT 1000 /* lines */

static const struct {
	const char *bytes;
	size_t n;
	enum foreign_kind kind;
	const char *unpacks;
} magics[] = {
	{"\x1f\x8b", 2, KIND_PACKED, "zcat"},
	{"BZh", 3, KIND_PACKED, "bzcat"},
	{"\xfd"
	 "7zXZ",
	 5, KIND_PACKED, "xzcat"},
	{"\x28\xb5\x2f\xfd", 4, KIND_PACKED, "zstdcat"},
	{"PK\x03\x04", 4, KIND_PACKED, "unzip -p"},
	{"\xff\xfe", 2, KIND_UTF16, NULL},
	{"\xfe\xff", 2, KIND_UTF16, NULL},
};

/* What the lines so far have in common. */
struct tally {
	struct foreign_guess *guess;
	size_t plain, masked, csv, columns, two, allow, names, sinks, others;
	bool invisible; /* a line without an address has an invisible character */
	size_t column;
	bool same; /* CSV and columns find the addresses in the same place */
	char separator;
};

/* Counts the fields that are addresses, and sets the first of them. */
static size_t addresses(const struct foreign_field *fields, size_t n, size_t *which)
{
	size_t found = 0;

	for (size_t i = n; i-- > 0;) {
		if (foreign_is_address(&fields[i])) {
			*which = i;
			found++;
		}
	}
	return found;
}

static void note_two(struct tally *t, size_t line)
{
	if (!t->two++)
		t->guess->line = line;
}

/* Looks at the fields beside the only address. */
static void note_others(struct tally *t, const struct foreign_field *fields, size_t n, size_t which, size_t line)
{
	for (size_t i = 0; i < n; i++) {
		if (i == which)
			continue;
		if (foreign_hides_address(&fields[i]))
			note_two(t, line);
		else if (foreign_is_allow(&fields[i]) && !t->allow++)
			t->guess->line = line;
	}
}

static void note_place(struct tally *t, size_t column)
{
	if (!t->csv && !t->columns)
		t->column = column;
	t->same = t->same && t->column == column;
}

/* Looks at a line with blanks between its fields. */
static bool tally_blanks(struct tally *t, const struct foreign_field *line, size_t number)
{
	struct foreign_field fields[FOREIGN_FIELDS];
	size_t n = foreign_split_blanks(line->text, line->len, fields), which = 0;
	size_t found = addresses(fields, n, &which);

	if (found == 1) {
		t->sinks += n > 1 && !which && foreign_is_sink(&fields[0]) && foreign_is_name(&fields[1]);
		t->names += n == 2 && !which && foreign_is_name(&fields[1]);
		note_others(t, fields, n, which, number);
		note_place(t, which);
		t->columns++;
	} else if (found > 1) {
		note_two(t, number);
	}
	return found;
}

static bool tally_csv(struct tally *t, const struct foreign_field *line, size_t number)
{
	struct foreign_field fields[FOREIGN_FIELDS];
	size_t n = foreign_split_csv(line->text, line->len, t->separator, fields), which = 0;
	size_t found = addresses(fields, n, &which);

	if (found == 1) {
		note_others(t, fields, n, which, number);
		note_place(t, which);
		t->csv++;
	} else if (found > 1) {
		note_two(t, number);
	}
	return found;
}

static void tally_line(struct tally *t, const char *text, size_t len, size_t number)
{
	struct foreign_field line = foreign_strip(text, len), whole = foreign_trim(text, len);
	char separator;

	if (!line.len)
		return;
	separator = foreign_separator(whole.text, whole.len, false);
	if (!t->separator)
		t->separator = separator;
	if (foreign_is_address(&line)) {
		t->plain++;
	} else if (foreign_is_masked(&line)) {
		t->masked++;
	} else if (!(separator && tally_csv(t, &whole, number)) && !tally_blanks(t, &line, number)) {
		struct invisible found;

		t->names += foreign_is_name(&line);
		t->invisible = t->invisible || text_invisible(line.text, line.len, &found);
		t->others++;
		return;
	}
	t->guess->lines++;
	if (t->guess->lines == 1)
		t->guess->line = number;
}

static void conclude(const struct tally *t, struct foreign_guess *guess)
{
	guess->column = t->column;
	guess->separator = t->separator;
	if (t->sinks || (t->names && t->names >= t->columns && t->columns && !t->csv && !t->plain))
		guess->kind = KIND_HOSTS;
	else if (t->allow)
		guess->kind = KIND_ALLOW;
	else if (t->two)
		guess->kind = KIND_TWO;
	else if (t->masked && t->plain + t->csv + t->columns == 0)
		guess->kind = KIND_NETMASK;
	else if (t->masked || (t->csv && t->columns) || !t->same || (t->plain && (t->csv || t->columns) && t->column))
		guess->kind = KIND_MIXED;
	else if (t->csv)
		guess->kind = KIND_CSV;
	else if (t->columns)
		guess->kind = KIND_COLUMNS;
	else if (t->plain || t->invisible) /* the reader names what is invisible */
		guess->kind = KIND_PLAIN;
	else
		guess->kind = !t->others ? KIND_EMPTY : t->names == t->others ? KIND_NAMES : KIND_UNKNOWN;
}

/* Recognises the words at the start of such a file. */
static enum foreign_kind kind_of_start(const struct foreign_field *line)
{
	static const char *const names[] = {"||",      "@@||",	      "address=/", "server=/",
					    "local=/", "local-zone:", "[Adblock"};
	struct foreign_field words[FOREIGN_FIELDS];
	size_t n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (line->len >= strlen(names[i]) && !memcmp(line->text, names[i], strlen(names[i])))
			return KIND_NAMES;
	}
	if (line->text[0] == '{' || (line->text[0] == '[' && (line->len == 1 || strchr("{[]\" \t", line->text[1]))))
		return KIND_JSON;
	if (line->text[0] == '<')
		return KIND_MARKUP;
	n = foreign_split_blanks(line->text, line->len, words);
	if (n >= 3 && (foreign_field_is(&words[0], "create") || foreign_field_is(&words[0], "-N")))
		return KIND_IPSET;
	if (n >= 3 && (foreign_field_is(&words[0], "add") || foreign_field_is(&words[0], "-A")) &&
	    foreign_is_address(&words[2])) {
		for (int i = 0; i < VERDICTS; i++) {
			if (foreign_field_is(&words[1], verdict_name((enum verdict)i)))
				return KIND_UNKNOWN;
		}
		return KIND_IPSET;
	}
	if (n == 2 && foreign_field_is(&words[0], "Name:"))
		return KIND_IPSET_LIST;
	return KIND_UNKNOWN;
}

static bool by_magic(const char *text, size_t size, struct foreign_guess *guess)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (size >= magics[i].n && !memcmp(text, magics[i].bytes, magics[i].n)) {
			guess->kind = magics[i].kind;
			guess->unpacks = magics[i].unpacks;
			guess->line = 1;
			return true;
		}
	}
	return false;
}

struct foreign_guess foreign_guess(const char *text, size_t size, bool whole)
{
	struct foreign_guess guess = {.kind = KIND_EMPTY};
	struct tally tally = {.guess = &guess, .same = true};
	const char *at = text, *end = text + size, *next;

	if (by_magic(text, size, &guess))
		return guess;
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		at += 3;
	for (size_t number = 1; at < end && number <= MAX_LOOKED_AT + tally.others; number++, at = next) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct foreign_field line = foreign_strip(at, (size_t)((newline ? newline : end) - at));

		next = newline ? newline + 1 : end;
		if (line.len && !guess.lines && !tally.others) {
			guess.kind = kind_of_start(&line);
			guess.line = number;
			if (guess.kind != KIND_UNKNOWN) {
				guess.lines = 2;
				return guess;
			}
		}
		if (newline || whole)
			tally_line(&tally, at, (size_t)((newline ? newline : end) - at), number);
	}
	conclude(&tally, &guess);
	return guess;
}

bool foreign_is_strange(const char *text, size_t size)
{
	struct foreign_guess guess = {};

	if (by_magic(text, size, &guess))
		return true;
	guess = foreign_guess(text, size < 4096 ? size : 4096, false);
	return guess.kind == KIND_JSON || guess.kind == KIND_MARKUP;
}

bool foreign_advice(const struct foreign_guess *guess, const char *name, const char *set, char *to, size_t size)
{
	static const char *const kinds[] = {
		[KIND_COLUMNS] = "a list in columns",
		[KIND_CSV] = "CSV",
		[KIND_JSON] = "JSON",
		[KIND_NETMASK] = "a list of netmasks",
		[KIND_IPSET] = "the output of 'ipset save'",
		[KIND_TWO] = "a list with two columns of addresses",
		[KIND_HOSTS] = "a hosts file",
		[KIND_NAMES] = "a list of names",
		[KIND_PACKED] = "compressed",
		[KIND_UTF16] = "text in UTF-16",
		[KIND_MARKUP] = "a page of HTML or XML",
		[KIND_IPSET_LIST] = "the output of 'ipset list'",
	};
	const char *format = guess->kind == KIND_TWO	? " --format range"
			     : guess->kind == KIND_JSON ? " --column POINTER"
							: "";
	const char *kind = (size_t)guess->kind < sizeof(kinds) / sizeof(kinds[0]) ? kinds[guess->kind] : NULL;

	const char *file = strcmp(name, "-") != 0 ? name : "", *blank = *file ? " " : "";

	switch (guess->kind) {
	case KIND_PACKED:
		snprintf(to, size, "this is %s: type '%s%s%s |' before the command, and '-' for the file", kind,
			 guess->unpacks, blank, file);
		break;
	case KIND_UTF16:
		snprintf(to, size,
			 "this is %s: type 'iconv -f UTF-16 -t UTF-8%s%s |' before the command, and '-' for the file",
			 kind, blank, file);
		break;
	case KIND_HOSTS:
	case KIND_NAMES:
		snprintf(
			to, size,
			"this is %s, and rules are for addresses: 'lsmctl block --resolve NAME' makes rules of a name's",
			kind);
		break;
	case KIND_MARKUP:
		snprintf(to, size, "this is %s, and no list: what was it that was downloaded?", kind);
		break;
	case KIND_IPSET_LIST:
		snprintf(to, size, "this is %s: 'ipset save | lsmctl import' reads what ipset has", kind);
		break;
	default:
		if (!kind)
			return false;
		snprintf(to, size, "this is %s: 'lsmctl import%s%s%s | lsmctl restore --set %s -' reads it%s", kind,
			 format, blank, file, set ? set : "NAME",
			 guess->kind == KIND_TWO ? " as start and end, and with '--format netmask' as address and mask"
						 : "");
	}
	return true;
}
