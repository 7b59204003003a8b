// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "foreign_columns.h"
#include "foreign_ipset.h"
#include "foreign_json.h"
#include "foreign_list.h"

static const struct {
	const char *name;
	int (*read)(struct foreign *f);
} formats[] = {
	[FOREIGN_PLAIN] = {"plain", foreign_read_columns},     [FOREIGN_COLUMNS] = {"columns", foreign_read_columns},
	[FOREIGN_CSV] = {"csv", foreign_read_columns},	       [FOREIGN_JSON] = {"json", foreign_read_json},
	[FOREIGN_NETMASK] = {"netmask", foreign_read_columns}, [FOREIGN_RANGE] = {"range", foreign_read_columns},
	[FOREIGN_IPSET] = {"ipset", foreign_read_ipset},
};
_Static_assert(sizeof(formats) / sizeof(formats[0]) == FOREIGN_FORMATS, "every format has a reader");

const char *foreign_format_name(size_t format)
{
	return format < FOREIGN_FORMATS ? formats[format].name : NULL;
}

enum foreign_format foreign_format_parse(const char *word)
{
	size_t i = 0;

	while (i < FOREIGN_FORMATS && strcmp(word, formats[i].name))
		i++;
	return (enum foreign_format)i;
}

/* Refuses files that are no list in any format. */
static int refuse_kind(struct foreign *f)
{
	bool named = strcmp(f->list->name, "-") != 0;
	const char *name = named ? f->list->name : "standard input", *file = named ? f->list->name : "FILE";

	switch (f->guess.kind) {
	case KIND_PACKED:
		return error_set(f->err, ERR_INPUT, "%s is compressed: type '%s %s | lsmctl import'", name,
				 f->guess.unpacks, file);
	case KIND_UTF16:
		return error_set(f->err, ERR_INPUT,
				 "%s is text in UTF-16: type 'iconv -f UTF-16 -t UTF-8 %s | lsmctl import'", name,
				 file);
	case KIND_MARKUP:
		return foreign_fail(f, "a page of HTML or XML, and no list: what was it that was downloaded?");
	case KIND_IPSET_LIST:
		return foreign_fail(f, "the output of 'ipset list', near 'Name:': type 'ipset save | lsmctl import'");
	default:
		return 0;
	}
}

static bool column_is_number(const struct foreign *f)
{
	const char *column = f->list->n_columns ? f->list->columns[0] : "x";

	return column[0] >= '1' && column[0] <= '9';
}

/* Chooses the format, if only one is possible. */
static int choose(struct foreign *f)
{
	const struct foreign_guess *guess = &f->guess;

	f->lines.line = guess->line;
	f->guessed = !f->list->n_columns;
	switch (guess->kind) {
	case KIND_HOSTS:
		f->format = FOREIGN_COLUMNS;
		if (!f->guessed)
			break;
		return foreign_fail(
			f,
			"a hosts file: it lists names, and rules are for addresses (where the addresses are meant: '--format columns')");
	case KIND_NAMES:
		return foreign_fail(
			f,
			"a list of names, and rules are for addresses: 'lsmctl block --resolve NAME' makes rules of those that a name has");
	case KIND_TWO:
		if (f->guessed)
			return foreign_ask_two(f);
		f->format = guess->separator ? FOREIGN_CSV : FOREIGN_COLUMNS;
		break;
	case KIND_ALLOW:
		if (f->guessed)
			return foreign_ask_allow(f);
		f->format = guess->separator ? FOREIGN_CSV : FOREIGN_COLUMNS;
		break;
	case KIND_MIXED:
		f->format = guess->separator ? FOREIGN_CSV : FOREIGN_COLUMNS;
		if (!f->guessed)
			break;
		return foreign_fail(f, "the lines are of more than one kind: say which with --format (%s)",
				    "plain, columns, csv, json, netmask, range or ipset");
	case KIND_UNKNOWN:
		if (f->guessed)
			return foreign_fail(f, "no kind of list that can be told: say which with --format (%s)",
					    "plain, columns, csv, json, netmask, range or ipset");
		f->format = guess->separator || !column_is_number(f) ? FOREIGN_CSV : FOREIGN_COLUMNS;
		break;
	case KIND_COLUMNS:
		f->format = column_is_number(f) || f->guessed ? FOREIGN_COLUMNS : FOREIGN_CSV;
		break;
	case KIND_CSV:
		f->format = FOREIGN_CSV;
		break;
	case KIND_JSON:
		f->format = FOREIGN_JSON;
		break;
	case KIND_NETMASK:
		f->format = FOREIGN_NETMASK;
		break;
	case KIND_IPSET:
		f->format = FOREIGN_IPSET;
		break;
	default:
		f->format = f->guessed ? FOREIGN_PLAIN : column_is_number(f) ? FOREIGN_COLUMNS : FOREIGN_CSV;
	}
	return 0;
}

static int read_all(struct foreign *f)
{
	int ret;

	do
		ret = foreign_fill(&f->lines, f->err);
	while (ret > 0);
	if (ret < 0)
		return -1;
	f->guess = foreign_guess(f->lines.text, f->lines.have, f->lines.end);
	f->lines.line = f->guess.line;
	f->format = f->list->format;
	if (refuse_kind(f) || (f->format == FOREIGN_UNSAID && choose(f)))
		return -1;
	f->lines.line = 0;
	f->lines.lines = 1;
	if (f->lines.have >= 3 && !memcmp(f->lines.text, "\xef\xbb\xbf", 3))
		f->lines.at = 3;
	return formats[f->format].read(f);
}

static int begin(const struct foreign_list *list, struct foreign_lines lines, struct error *err)
{
	struct foreign *f = calloc(1, sizeof(*f));
	int ret;

	if (!f)
		return error_errno(err, ENOMEM, "cannot read %s", list->name);
	f->list = list;
	f->lines = lines;
	f->lines.name = list->name;
	f->err = err;
	ret = read_all(f);
	free(f);
	return ret;
}

int foreign_list_read(const struct foreign_list *list, struct error *err)
{
	bool standard_input = !strcmp(list->name, "-");
	int fd = standard_input ? STDIN_FILENO : open(list->name, O_RDONLY | O_CLOEXEC | O_NOCTTY), ret;
	char *buffer;

	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", list->name);
	buffer = malloc((size_t)2 * FOREIGN_MAX_LINE);
	if (buffer)
		ret = begin(list, (struct foreign_lines){.fd = fd, .buffer = buffer, .text = buffer}, err);
	else
		ret = error_errno(err, ENOMEM, "cannot read %s", list->name);
	free(buffer);
	if (!standard_input)
		close(fd);
	return ret;
}

int foreign_list_text(const struct foreign_list *list, const char *text, size_t size, struct error *err)
{
	return begin(list, (struct foreign_lines){.fd = -1, .text = text, .have = size, .end = true}, err);
}
