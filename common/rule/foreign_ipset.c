// SPDX-License-Identifier: GPL-2.0-only
/* Reads the output of `ipset save`: create NAME TYPE ..., add NAME ELEMENT [timeout N] [nomatch] [comment "..."] ... */
#include "base/num.h"
#include "foreign_ipset.h"

#define SET_NAME 32 /* bytes, with the NUL; as in ipset */

struct reading {
	struct foreign *f;
	char set[SET_NAME]; /* the wanted set; "": the first */
};

/* Reads the options that change an element. Returns false for an exception (nomatch). */
static bool options(const struct foreign_field *words, size_t n, uint64_t *timeout)
{
	bool matches = true;

	*timeout = 0;
	for (size_t i = 0; i < n && !foreign_field_is(&words[i], "comment"); i++) {
		char number[24] = "";

		if (foreign_field_is(&words[i], "nomatch"))
			matches = false;
		if (i + 1 == n || !foreign_field_is(&words[i], "timeout") || words[i + 1].len >= sizeof(number))
			continue;
		memcpy(number, words[i + 1].text, words[i + 1].len);
		num_parse(number, UINT32_MAX, timeout); /* 0: no timeout, as in ipset */
	}
	return matches;
}

/* Returns whether elements of this set are wanted; -1 with the error set if several sets could be meant. */
static int wanted(struct reading *r, const struct foreign_field *set)
{
	if (set->len && set->len < SET_NAME && !r->set[0])
		memcpy(r->set, set->text, set->len);
	if (foreign_field_is(set, r->set))
		return 1;
	if (r->f->list->n_columns)
		return 0;
	return foreign_fail(r->f, "more than one set, near '%.*s': say which, with '--column %s'",
			    (int)(set->len < 64 ? set->len : 64), set->text, r->set);
}

static int take_element(struct reading *r, const struct foreign_field *words, size_t n)
{
	struct foreign *f = r->f;
	uint64_t timeout;
	int ret = wanted(r, &words[1]);

	if (ret < 0)
		return -1;
	if (!ret) {
		f->list->counts->read++;
		f->list->counts->without++;
		return 0;
	}
	if (!options(words + 3, n - 3, &timeout))
		return foreign_bad(f, FOREIGN_EXCEPTION,
				   "an exception, near '%.*s nomatch': a list has addresses, and nothing else",
				   (int)(words[2].len < 64 ? words[2].len : 64), words[2].text);
	return foreign_entry(f, words[2].text, words[2].len, timeout);
}

static int take_line(struct reading *r, const char *text, size_t len)
{
	struct foreign_field words[FOREIGN_FIELDS], *at = words;
	size_t n;

	if (len > FOREIGN_MAX_LINE || memchr(text, '\0', len))
		return foreign_bad(r->f, FOREIGN_BAD_LINE, "a line that is too long, or no text");
	n = foreign_split_blanks(text, len, words);
	if (!n || words[0].text[0] == '#' || foreign_field_is(&words[0], "COMMIT"))
		return 0;
	if (n > 1 && (foreign_field_is(at, "-exist") || foreign_field_is(at, "-!"))) {
		at++;
		n--;
	}
	if (foreign_field_is(at, "create") || foreign_field_is(at, "-N") || foreign_field_is(at, "flush"))
		return 0;
	if ((foreign_field_is(at, "add") || foreign_field_is(at, "-A")) && n >= 3)
		return take_element(r, at, n);
	return foreign_bad(r->f, FOREIGN_NO_ADDRESS, "no line of 'ipset save', near '%.*s'",
			   (int)(at->len < 64 ? at->len : 64), at->text);
}

int foreign_read_ipset(struct foreign *f)
{
	struct reading r = {.f = f};
	const char *line;
	size_t len;
	int ret;

	if (f->list->n_columns > 1 || (f->list->n_columns && strlen(f->list->columns[0]) >= SET_NAME))
		return error_set(f->err, ERR_USAGE, "bad --column, near '%.64s': for ipset it is the name of one set",
				 f->list->columns[f->list->n_columns - 1]);
	if (f->list->n_columns)
		strcpy(r.set, f->list->columns[0]);
	while ((ret = foreign_line(&f->lines, 0, &line, &len, f->err)) > 0) {
		if (take_line(&r, line, len))
			return -1;
	}
	return ret;
}
