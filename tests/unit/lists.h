/* SPDX-License-Identifier: GPL-2.0-only */
/* What a foreign list becomes, as text: for tests of its readers. */
#ifndef LSMCTL_UNIT_LISTS_H
#define LSMCTL_UNIT_LISTS_H

#include "unit.h"
#include "base/bad_lines.h"
#include "rule/foreign_list.h"

#define TEXT(literal) literal, sizeof(literal) - 1

/* What came of a list, as text: "ADDRESS[ SECONDS]", a blank between, then what was bad or the error. */
struct outcome {
	char *text;
	size_t len, room;
	struct foreign_counts counts;
	struct bad_lines bad;
	struct error err;
	int ret;
};

static inline void note(struct outcome *o, const char *text)
{
	size_t len = strlen(text);

	if (o->len + len + 1 > o->room) {
		o->room = o->room * 2 + len + 1;
		o->text = realloc(o->text, o->room);
		assert_non_null(o->text);
	}
	strcpy(o->text + o->len, text);
	o->len += len;
}

static inline int take(void *arg, const struct prefix *prefix, uint64_t timeout, struct error *err)
{
	struct outcome *o = arg;
	char text[PREFIX_TEXT_SIZE], seconds[32];

	(void)err;
	prefix_format(prefix, true, text);
	snprintf(seconds, sizeof(seconds), timeout ? " %llu" : "", (unsigned long long)timeout);
	note(o, o->len ? " " : "");
	note(o, text);
	note(o, seconds);
	return 0;
}

static inline void finish(struct outcome *o)
{
	struct error lines = {};

	if (o->ret) {
		assert_int_not_equal(o->err.code, ERR_NONE);
		o->len = 0;
		note(o, "! ");
		note(o, o->err.text);
	} else if (bad_lines_end(&o->bad, &lines)) {
		note(o, "\n");
		note(o, lines.text);
	} else {
		note(o, "");
	}
}

/* The columns are a list with blanks between. */
static inline struct outcome *read_list(enum foreign_format format, const char *columns, const char *text, size_t size,
					int fd)
{
	struct outcome *o = calloc(1, sizeof(*o));
	const char *words[20];
	char copy[256], *rest = copy, *word, name[64];
	struct foreign_list list = {.name = "f", .format = format, .columns = words, .entry = take};

	assert_non_null(o);
	list.arg = o;
	list.counts = &o->counts;
	list.bad = &o->bad;
	snprintf(copy, sizeof(copy), "%s", columns);
	while (*columns && (word = strsep(&rest, " ")))
		words[list.n_columns++] = word;
	if (fd >= 0) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		list.name = name;
		o->ret = foreign_list_read(&list, &o->err);
	} else {
		o->ret = foreign_list_text(&list, text, size, &o->err);
	}
	finish(o);
	return o;
}

static inline void outcome_free(struct outcome *o)
{
	free(o->text);
	free(o);
}

struct list_case {
	enum foreign_format format;
	const char *columns, *text, *wanted;
};

static inline void check(const struct list_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct outcome *o =
			read_list(cases[i].format, cases[i].columns, cases[i].text, strlen(cases[i].text), -1);

		/* Of an error the start is enough. */
		if (cases[i].wanted[0] == '!' ? strncmp(o->text, cases[i].wanted, strlen(cases[i].wanted)) != 0
					      : strcmp(o->text, cases[i].wanted) != 0)
			fail_msg("case %zu, '%s': '%s', not '%s'", i, cases[i].text, o->text, cases[i].wanted);
		outcome_free(o);
	}
}

#endif
