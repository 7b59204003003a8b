// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns lists in other formats into lines for restore. Prints nothing before the whole list is accepted, so that
 * restore never gets a part of a bad one: until then the lines are in a temporary file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/array.h"
#include "base/num.h"
#include "base/text.h"
#include "base/unnamed.h"
#include "rule/duration.h"
#include "rule/foreign_list.h"
#include "rule/merge.h"
#include "shared/cmd.h"

#define KEY_FORMAT   0x200
#define KEY_COLUMN   0x201
#define KEY_SKIP_BAD 0x202
#define KEY_MERGE    0x203

static struct {
	enum foreign_format format;
	const char **columns;
	size_t n_columns;
	bool skip_bad, percent, merge;
	uint64_t max; /* of bad entries: a number, or percent of all */
} options;

static const struct argp_option option_table[] = {
	{"format", KEY_FORMAT, "plain|columns|csv|json|netmask|range|ipset", 0, "what the files are", 0},
	{"column", KEY_COLUMN, "N", 0, "where the addresses are: a number, a heading, a JSON pointer, or an ipset", 0},
	{"skip-bad", KEY_SKIP_BAD, "MAX", OPTION_ARG_OPTIONAL,
	 "leave out what is bad, and tell of it: at most so many, or with % so much of all (1%)", 0},
	{"merge", KEY_MERGE, NULL, 0, "print the fewest prefixes, sorted", 0},
	{0},
};

static int parse_max(const char *arg, struct error *err)
{
	char number[24];
	size_t len = arg ? strlen(arg) : 0;

	options.skip_bad = true;
	options.percent = !len || arg[len - 1] == '%';
	options.max = 1;
	if (!arg)
		return 0;
	snprintf(number, sizeof(number), "%.*s", (int)(len - options.percent), arg);
	if (!len || len >= sizeof(number) || num_parse(number, options.percent ? 100 : UINT32_MAX, &options.max))
		return error_set(err, ERR_USAGE, "bad --skip-bad, near '%.64s': a number such as 10, or 5%%", arg);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct error *err = state->input;
	const char **columns;

	switch (key) {
	case ARGP_KEY_INIT: /* once for each import of a batch */
		free(options.columns);
		memset(&options, 0, sizeof(options));
		options.format = FOREIGN_UNSAID;
		return 0;
	case KEY_FORMAT:
		options.format = foreign_format_parse(arg);
		if (options.format != FOREIGN_FORMATS)
			return 0;
		error_set(err, ERR_USAGE,
			  "bad --format, near '%.64s': plain, columns, csv, json, netmask, range or ipset", arg);
		return EINVAL;
	case KEY_COLUMN:
		columns = array_with_room_for_one(options.columns, options.n_columns, sizeof(*columns));
		if (!columns)
			return ENOMEM;
		options.columns = columns;
		columns[options.n_columns++] = arg;
		return 0;
	case KEY_SKIP_BAD:
		return parse_max(arg, err) ? EINVAL : 0;
	case KEY_MERGE:
		options.merge = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* The accepted entries. */
struct importing {
	FILE *to; /* their lines */
	struct prefix *prefixes;
	size_t n, room; /* of prefixes, for --merge */
	uint64_t printed;
};

static int write_line(struct importing *im, const struct prefix *prefix, uint64_t timeout, struct error *err)
{
	char text[PREFIX_TEXT_SIZE + 64], duration[32], *end = prefix_format(prefix, true, text);

	if (timeout) {
		duration_format(timeout * 1000000000, duration);
		end += sprintf(end, " timeout %s", duration);
	}
	*end++ = '\n';
	im->printed++;
	if (fwrite_unlocked(text, 1, (size_t)(end - text), im->to) != (size_t)(end - text))
		return error_errno(err, errno, "cannot write to a temporary file");
	return 0;
}

static int take(void *arg, const struct prefix *prefix, uint64_t timeout, struct error *err)
{
	struct importing *im = arg;

	/* A temporary entry cannot merge with lasting ones. */
	if (!options.merge || timeout)
		return write_line(im, prefix, timeout, err);
	/* prefixes_merge() wants room for one more. */
	if (im->n + 1 >= im->room) {
		size_t room = im->room ? im->room * 2 : 1024;
		struct prefix *prefixes = reallocarray(im->prefixes, room, sizeof(*prefixes));

		if (!prefixes)
			return error_errno(err, ENOMEM, "cannot merge so many prefixes");
		im->prefixes = prefixes;
		im->room = room;
	}
	im->prefixes[im->n++] = *prefix;
	return 0;
}

static uint64_t bad_entries(const struct foreign_counts *counts)
{
	uint64_t n = 0;

	for (int i = 0; i < FOREIGN_REASONS; i++)
		n += counts->bad[i];
	return n;
}

/* Checks that no more is bad than may be left out. -1 with the error set, after telling each bad entry. */
static int check_bad(const struct foreign_counts *counts, struct bad_lines *bad, struct error *err)
{
	uint64_t n = bad_entries(counts);
	struct error lines = {};

	if (!bad_lines_end(bad, &lines) ||
	    (options.skip_bad && (options.percent ? n * 100 <= options.max * counts->read : n <= options.max)))
		return 0;
	if (options.skip_bad && strlen(lines.text) + 128 < sizeof(lines.text))
		sprintf(lines.text + strlen(lines.text), "\n%llu of %llu are bad, and %llu%s may be: see --skip-bad",
			(unsigned long long)n, (unsigned long long)counts->read, (unsigned long long)options.max,
			options.percent ? "%" : "");
	return error_set_lines(err, ERR_INPUT, lines.text);
}

static int read_all(const struct invocation *inv, struct importing *im, struct foreign_counts *counts,
		    struct bad_lines *bad, struct error *err)
{
	struct foreign_list list = {.format = options.format,
				    .columns = options.columns,
				    .n_columns = options.n_columns,
				    .entry = take,
				    .arg = im,
				    .counts = counts,
				    .bad = bad};

	for (size_t i = 0; i < (inv->n ? inv->n : 1); i++) {
		list.name = inv->n ? inv->words[i] : "-";
		if (!strcmp(list.name, "-") && inv->batch && !strcmp(inv->batch, "-"))
			return error_set(err, ERR_USAGE, "standard input is the batch, near '-': name a file");
		if (foreign_list_read(&list, err))
			return -1;
	}
	return 0;
}

static int accept_all(const struct invocation *inv, struct importing *im, struct foreign_counts *counts,
		      struct bad_lines *bad, struct error *err)
{
	if (read_all(inv, im, counts, bad, err) || check_bad(counts, bad, err))
		return -1;
	if (im->n)
		im->n = prefixes_merge(im->prefixes, im->n);
	for (size_t i = 0; i < im->n; i++) {
		if (write_line(im, &im->prefixes[i], 0, err))
			return -1;
	}
	if (!im->printed)
		return error_set(err, ERR_INPUT, "nothing is left: %llu were read, and there is no address to print",
				 (unsigned long long)counts->read);
	if (fflush(im->to) || ferror(im->to))
		return error_errno(err, errno, "cannot write to a temporary file");
	rewind(im->to);
	return 0;
}

/* "read 1503, left out 3 (names: 2, without what --column names: 1), printed 1500" */
static void tell_counts(const struct importing *im, const struct foreign_counts *counts)
{
	uint64_t left_out = bad_entries(counts) + counts->without;
	const char *before = " (";

	fprintf(stderr, "lsmctl: read %llu, left out %llu", (unsigned long long)counts->read,
		(unsigned long long)left_out);
	for (int i = 0; i <= FOREIGN_REASONS; i++) {
		uint64_t n = i < FOREIGN_REASONS ? counts->bad[i] : counts->without;

		if (!n)
			continue;
		fprintf(stderr, "%s%s: %llu", before,
			i < FOREIGN_REASONS ? foreign_reason_name((enum foreign_reason)i)
					    : "without what --column names",
			(unsigned long long)n);
		before = ", ";
	}
	fprintf(stderr, "%s, printed %llu\n", left_out ? ")" : "", (unsigned long long)im->printed);
}

static void print_text(const struct invocation *inv, struct importing *im, const struct foreign_counts *counts,
		       struct bad_lines *bad)
{
	struct error lines = {};
	char piece[16384], *rest = lines.text, *line;
	size_t got;

	/* The lines are escaped already. */
	if (bad_lines_end(bad, &lines)) {
		while ((line = strsep(&rest, "\n")))
			fprintf(stderr, "lsmctl: %s\n", line);
	}
	if (!inv->out.quiet)
		tell_counts(im, counts);
	while ((got = fread(piece, 1, sizeof(piece), im->to)))
		fwrite(piece, 1, got, stdout);
}

/* Makes the document without the entries: print_json() writes these one by one, since there can be millions. */
static json_t *summary(const struct importing *im, const struct foreign_counts *counts, struct bad_lines *bad)
{
	struct error lines = {};
	char *rest = lines.text, *line;
	uint64_t left_out = bad_entries(counts) + counts->without;
	json_t *root = output_root(), *reasons = json_object(), *told = json_array();

	for (int i = 0; i < FOREIGN_REASONS; i++)
		json_object_set_new(reasons, foreign_reason_code((enum foreign_reason)i),
				    json_integer((json_int_t)counts->bad[i]));
	json_object_set_new(reasons, "without", json_integer((json_int_t)counts->without));
	if (bad_lines_end(bad, &lines)) {
		while ((line = strsep(&rest, "\n")))
			json_array_append_new(told, output_string(line));
	}
	json_object_set_new(root, "read", json_integer((json_int_t)counts->read));
	json_object_set_new(root, "left_out", json_integer((json_int_t)left_out));
	json_object_set_new(root, "reasons", reasons);
	json_object_set_new(root, "bad", told);
	json_object_set_new(root, "printed", json_integer((json_int_t)im->printed));
	return root;
}

static int print_json(const struct invocation *inv, struct importing *im, const struct foreign_counts *counts,
		      struct bad_lines *bad, struct error *err)
{
	json_t *root = summary(im, counts, bad);
	bool pretty = inv->out.pretty;
	char *text = output_checked(json_dumps(root, output_json_flags(pretty)));
	char line[PREFIX_TEXT_SIZE + 64];
	size_t n = 0, len = strlen(text);

	json_decref(root);
	/* Hold back its last bracket until after the rules. */
	printf("%.*s,%s\"rules\":%s[", (int)(len - (pretty ? 2 : 1)), text, pretty ? "\n  " : "", pretty ? " " : "");
	free(text);
	while (fgets(line, sizeof(line), im->to)) {
		line[strcspn(line, "\n")] = '\0'; /* addresses and words: nothing to escape */
		printf("%s%s\"%s\"", n++ ? "," : "", pretty ? "\n    " : "", line);
	}
	fputs(pretty ? "\n  ]\n}\n" : "]}\n", stdout);
	return ferror(im->to) ? error_errno(err, errno, "cannot read a temporary file") : 0;
}

/* An optional value cannot be a separate word, but many will type it so: "--skip-bad 5". */
static int check_words(const struct invocation *inv, struct error *err)
{
	const char *word = inv->n ? inv->words[0] : "";
	size_t digits = strspn(word, "0123456789");

	if (!options.skip_bad || !digits || (word[digits] && strcmp(word + digits, "%") != 0) || !access(word, F_OK))
		return 0;
	return error_set(err, ERR_USAGE, "no such file, near '%.64s': type '--skip-bad=%.64s'", word, word);
}

static int run(struct invocation *inv, struct error *err)
{
	struct importing im = {};
	struct foreign_counts counts = {};
	struct bad_lines *bad;
	int ret = -1;

	if (options.format == FOREIGN_PLAIN && options.n_columns)
		return error_set(err, ERR_USAGE, "--column, near '%.64s': a plain list has none", options.columns[0]);
	if (check_words(inv, err) || output_check(&(struct output){}, err))
		return -1;
	im.to = unnamed_file(err);
	bad = output_checked(calloc(1, sizeof(*bad)));
	if (!im.to || accept_all(inv, &im, &counts, bad, err))
		goto out;
	ret = 0;
	if (inv->out.json)
		ret = print_json(inv, &im, &counts, bad, err);
	else
		print_text(inv, &im, &counts, bad);
	if (!ret && ferror(im.to))
		ret = error_errno(err, errno, "cannot read a temporary file");
out:
	if (im.to)
		fclose(im.to);
	free(im.prefixes);
	free(bad);
	return ret;
}

const struct command command_import = {
	.name = "import",
	.args = "[FILE...]",
	.summary = "read lists as others have them, and print what restore reads",
	.doc = "From standard input, unless files are named, and without --format only what can be nothing else: where two readings are possible it asks. Nothing is printed before all is accepted, and nothing at all when a line is bad, unless --skip-bad allows it:\n\n  lsmctl import FILE | lsmctl restore --set NAME -\n\nIt needs neither root nor a kernel that can enforce. What it read and left out is told on standard error.",
	.options = option_table,
	.parse = parse,
	.max_words = NO_LIMIT,
	.run = run,
};
