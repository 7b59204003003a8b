// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads files of rules. A blocklist may have a million lines with only an address: these are parsed without copying or
 * splitting. Reads in pieces and does not map the file: this is as fast, works for a pipe, and cannot end in SIGBUS
 * when another process truncates the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file.h"
#include "foreign_guess.h"
#include "line.h"
#include "parse.h"
#include "prefix_scan.h"
#include "split.h"
#include "subject.h"

#define MAX_LINE  65536	 /* bytes, without the newline */
#define MAX_WORDS 64	 /* in a line; a rule has at most 19 */
#define PIECE	  262144 /* longer than a line, so that the next piece fits after the rest of the last */

struct reader {
	const struct rules_file *file;
	struct rule_spec plain; /* the rule of a line that is only an address, once it has that address */
	struct rules rules;	/* of one line */
	size_t line;		/* its number */
	bool stopped;		/* the error is set */
	bool too_long;		/* its end has not come, and is only waited for */
	const char *head;	/* the first piece, while it is there */
	size_t head_size;
	size_t given, refused;	    /* rules and settings, lines */
	bool ours;		    /* a line is plainly meant as a rule */
	struct foreign_guess guess; /* made at the first line that is refused */
	struct bad_lines own, *bad; /* the file's, or its own */
	struct error line_error;    /* of one */
	char copy[MAX_LINE + 1];
	char piece[PIECE];
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The lines of a list of another kind are bad in one way, which is worth more than what each of them is taken for. */
static void tell_kind(struct reader *r)
{
	char what[512];

	if (r->refused < 2 || r->guess.lines < 2 || r->ours || r->given > r->refused / 10)
		return;
	if (foreign_advice(&r->guess, r->file->name, r->file->set, what, sizeof(what)))
		bad_file(r->bad, r->file->name, what);
}

/* Records a bad line. An error of the system stops the reading. */
static void refuse(struct reader *r, const struct error *why, struct error *err)
{
	if (why->code == ERR_INPUT || why->code == ERR_USAGE) {
		if (!r->refused++ && r->head)
			r->guess = foreign_guess(r->head, r->head_size, false);
		r->ours |= !strncmp(why->text, "unknown", strlen("unknown")) && strstr(why->text, "did you mean");
		bad_line(r->bad, r->file->name, r->line, why->text);
	} else {
		r->stopped = true;
		error_set(err, why->code, "%s", why->text);
	}
}

/* Returns false when the rule was refused. */
static bool give(struct reader *r, const struct rule_spec *spec, struct error *err)
{
	r->line_error.code = ERR_NONE;
	if (r->file->rule(r->file->arg, spec, r->line, &r->line_error)) {
		refuse(r, &r->line_error, err);
		return false;
	}
	r->given++;
	return true;
}

/* Returns the verdict at the start of a line, and moves *at behind it. -1: no verdict that the fast path knows. */
static int take_verdict(const char **at, const char *end)
{
	const char *word = *at;

	if (end - word <= 6 || word[5] != ' ')
		return -1;
	*at += 6;
	if (!memcmp(word, "block", 5))
		return VERDICT_BLOCK;
	if (!memcmp(word, "allow", 5))
		return VERDICT_ALLOW;
	if (!memcmp(word, "audit", 5))
		return VERDICT_AUDIT;
	*at = word;
	return -1;
}

/*
 * Fast path for a line of [VERDICT] ADDRESS and perhaps a comment: returns the start of the next line. Returns NULL,
 * and does nothing, for any other line, for a bad one, and for one whose end is not before end.
 */
static const char *take_plain(struct reader *r, const char *at, const char *end, struct error *err)
{
	const char *line = at, *behind;
	int verdict;

	while (at < end && is_blank(*at))
		at++;
	verdict = take_verdict(&at, end);
	at = prefix_scan(at, end, &r->plain.prefix);
	if (!at)
		return NULL;
	for (behind = at; behind < end && is_blank(*behind); behind++)
		;
	if (behind < end && (*behind == '#' || (*behind == ';' && behind > at))) {
		const char *comment = behind;

		behind = memchr(comment, '\n', (size_t)(end - comment));
		if (!behind || memchr(comment, '\0', (size_t)(behind - comment)))
			return NULL;
	}
	if (behind == end || *behind != '\n' || behind - line > MAX_LINE)
		return NULL;
	r->line++;
	r->plain.verdict = verdict >= 0 ? (enum verdict)verdict : r->file->verdict;
	give(r, &r->plain, err);
	return behind + 1;
}

static int take_setting(struct reader *r, int n, char *const words[], struct error *err)
{
	if (!r->file->settings)
		return error_set(err, ERR_INPUT, "a setting, near 'set': only rules are allowed here");
	if (n != 3)
		return error_set(err, ERR_INPUT, "bad setting, near '%.64s': type 'set NAME VALUE'", words[n > 1]);
	if (r->file->setting(r->file->arg, words[1], words[2], err))
		return -1;
	r->given++;
	return 0;
}

/* A line that save writes for a set which was restored with --except. */
static int take_except(struct reader *r, int n, char *const words[], struct error *err)
{
	char set[SET_SIZE];

	if (!r->file->except)
		return error_set(err, ERR_INPUT, "what a set excepts, near 'except': only rules are allowed here");
	if (n != 4 || strcmp(words[2], "set") != 0)
		return error_set(err, ERR_INPUT, "bad except, near '%.64s': type 'except WORDS set NAME'",
				 words[n > 1]);
	if (set_parse(words[3], set, err) || r->file->except(r->file->arg, words[1], set, err))
		return -1;
	r->given++;
	return 0;
}

/*
 * Takes an old option out of the words of a command, where older versions of save wrote it: behind the verdict, where
 * no word is a value.
 */
static void drop_missing_cgroups(int *n, char *words[])
{
	if (*n < 3 || strcmp(words[1], "--" MISSING_CGROUPS) != 0)
		return;
	memmove(&words[1], &words[2], (size_t)(*n - 2) * sizeof(*words));
	--*n;
}

/* Fills r->rules. */
static int take_rule(struct reader *r, int n, char *words[], struct error *err)
{
	if (!strcmp(words[0], "add")) {
		words++;
		if (!--n)
			return error_set(err, ERR_INPUT, "a rule is missing, near 'add': type 'add block 192.0.2.1'");
	}
	drop_missing_cgroups(&n, words);
	if (rules_parse(&r->rules, (size_t)n, words, r->file->verdict, err))
		return -1;
	for (size_t i = 0; i < r->rules.n && r->file->set; i++)
		snprintf(r->rules.at[i].set, sizeof(r->rules.at[i].set), "%s", r->file->set);
	return 0;
}

/* Parses any line, split into words. Sets the error to the fault of the line. */
static int take_words(struct reader *r, const char *line, size_t len, struct error *err)
{
	char *words[MAX_WORDS];
	int n;

	if (len > MAX_LINE)
		return error_set(err, ERR_INPUT, "a line of more than %d bytes, near '%.32s...': split it into several",
				 MAX_LINE, line);
	memcpy(r->copy, line, len);
	r->copy[len] = '\0';
	if (strlen(r->copy) < len)
		return error_set(err, ERR_INPUT, "a NUL byte, near '%.64s': the file is not text, or is in UTF-16",
				 r->copy);
	n = words_split(r->copy, words, MAX_WORDS, err);
	if (n <= 0)
		return n;
	r->ours |= line_is_rule(n, words);
	n = line_join_range(n, words);
	if (line_check_columns(n, words, err))
		return -1;
	if (!strcmp(words[0], "set"))
		return take_setting(r, n, words, err);
	if (!strcmp(words[0], "except"))
		return take_except(r, n, words, err);
	if (n > 1 && !strcmp(words[1], "--resolve"))
		return error_set(
			err, ERR_INPUT,
			"an option, near '--resolve': a file cannot resolve names; run the command, then write the result with 'lsmctl save'");
	return line_check_command(words[0], err) ? -1 : take_rule(r, n, words, err);
}

/* Parses a line. end: its newline. */
static void take_line(struct reader *r, const char *line, const char *end, struct error *err)
{
	r->line++;
	if (r->line == 1 && end - line >= 3 && !memcmp(line, "\xef\xbb\xbf", 3))
		line += 3;
	r->rules.n = 0;
	r->line_error.code = ERR_NONE;
	if (!take_words(r, line, (size_t)(end - line), &r->line_error)) {
		for (size_t i = 0; i < r->rules.n && give(r, &r->rules.at[i], err); i++)
			;
	} else {
		line_name_invisible(line, (size_t)(end - line), &r->line_error);
		refuse(r, &r->line_error, err);
	}
}

/* Takes note of how the file begins. False: it is of a kind in which no line is a rule, and the error is set. */
static bool begin(struct reader *r, const char *text, size_t size, struct error *err)
{
	struct foreign_guess guess;
	char what[512];

	r->head = text;
	r->head_size = size;
	if (!foreign_is_strange(text, size))
		return true;
	guess = foreign_guess(text, size, false);
	foreign_advice(&guess, r->file->name, r->file->set, what, sizeof(what));
	error_set(err, ERR_INPUT, "%s: %s", r->file->name, what);
	r->stopped = true;
	return false;
}

/* Parses the complete lines of a piece. Returns their length; the rest is the start of a line. */
static size_t take_piece(struct reader *r, const char *text, size_t size, struct error *err)
{
	const char *at = text, *end = text + size, *next;

	for (; at < end && !r->stopped; at = next) {
		next = r->too_long ? NULL : take_plain(r, at, end, err);
		if (next)
			continue;
		next = memchr(at, '\n', (size_t)(end - at));
		if (!next && !r->too_long && end - at <= MAX_LINE)
			break;
		/* Report a line as soon as it is too long, and skip the rest of it. */
		if (!r->too_long)
			take_line(r, at, next ? next : end, err);
		r->too_long = !next;
		next = next ? next + 1 : end;
	}
	return (size_t)(at - text);
}

/* Parses the last line when it has no newline: what take_piece() left, now at the start of r->piece. */
static void take_rest(struct reader *r, size_t size, struct error *err)
{
	if (!size || r->stopped)
		return;
	r->piece[size] = '\n';
	take_piece(r, r->piece, size + 1, err);
}

static int read_pieces(struct reader *r, int fd, struct error *err)
{
	const struct rules_file *file = r->file;
	size_t have = 0, done = 0, all;
	struct stat st;
	ssize_t got;

	all = !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 0;
	do {
		size_t used;

		got = read(fd, r->piece + have, PIECE - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, errno, "cannot read %s", file->name);
		have += (size_t)got;
		if (!done && !begin(r, r->piece, have, err))
			break;
		done += (size_t)got;
		used = take_piece(r, r->piece, have, err);
		have -= used;
		r->head = NULL;
		memmove(r->piece, r->piece + used, have);
		if (file->progress)
			file->progress(file->arg, done, all);
	} while (got && !r->stopped);
	take_rest(r, have, err);
	return 0;
}

static struct reader *reader_new(const struct rules_file *file, struct error *err)
{
	struct reader *r = malloc(sizeof(*r));

	if (!r) {
		error_errno(err, ENOMEM, "cannot read %s", file->name);
		return NULL;
	}
	memset(r, 0, offsetof(struct reader, copy)); /* the buffers after it need no clearing */
	r->file = file;
	r->bad = file->bad ? file->bad : &r->own;
	rule_init(&r->plain, file->verdict);
	if (file->set)
		snprintf(r->plain.set, sizeof(r->plain.set), "%s", file->set);
	return r;
}

/* Frees the reader. Turns recorded bad lines into the error, unless another error is set. */
static int reader_end(struct reader *r, int ret, struct error *err)
{
	if (r->stopped)
		ret = -1;
	tell_kind(r);
	if (!ret && !r->file->bad)
		ret = bad_lines_end(r->bad, err);
	rules_free(&r->rules);
	free(r);
	return ret;
}

int rules_file_read(const struct rules_file *file, struct error *err)
{
	bool standard_input = !strcmp(file->name, "-");
	int fd = standard_input ? STDIN_FILENO : open(file->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct reader *r;
	int ret = -1;

	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", file->name);
	r = reader_new(file, err);
	if (r)
		ret = reader_end(r, read_pieces(r, fd, err), err);
	if (!standard_input)
		close(fd);
	return ret;
}

int rules_text_read(const struct rules_file *file, const char *text, size_t size, struct error *err)
{
	struct reader *r = reader_new(file, err);
	size_t used;

	if (!r)
		return -1;
	used = begin(r, text, size, err) ? take_piece(r, text, size, err) : 0;
	if (!r->stopped)
		memcpy(r->piece, text + used, size - used); /* shorter than a line: take_piece() takes complete lines */
	take_rest(r, size - used, err);
	return reader_end(r, 0, err);
}
