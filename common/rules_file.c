// SPDX-License-Identifier: GPL-2.0-only
/*
 * A blocklist has a million lines that are nothing but an address, and these are read without being copied, split or
 * parsed as a sentence. The file is read a piece at a time rather than mapped: that is no slower, works for a pipe too,
 * and cannot end in SIGBUS when somebody cuts the file meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "rules_file.h"
#include "text.h"

#define MAX_LINE  65536	 /* bytes, the newline not counted */
#define MAX_WORDS 64	 /* of a line; a rule has 19 at most */
#define PIECE	  262144 /* longer than a line, so that the rest of one piece leaves room for the next */

struct reader {
	const struct rules_file *file;
	struct rule_spec plain;	    /* the rule of a line that is only an address, once it has that address */
	struct rules rules;	    /* of one line */
	size_t line;		    /* its number */
	bool stopped;		    /* the error is set */
	bool too_long;		    /* its end has not come, and is only waited for */
	struct bad_lines own, *bad; /* the file's, or its own */
	struct error line_error;    /* of one */
	char copy[MAX_LINE + 1];
	char piece[PIECE];
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes down what is wrong with the line; what the system refused ends it all. */
static void refuse(struct reader *r, const struct error *why, struct error *err)
{
	if (why->code == ERR_INPUT || why->code == ERR_USAGE) {
		bad_line(r->bad, r->file->name, r->line, why->text);
	} else {
		r->stopped = true;
		error_set(err, why->code, "%s", why->text);
	}
}

/* False: it was refused. */
static bool give(struct reader *r, const struct rule_spec *spec, struct error *err)
{
	r->line_error.code = ERR_NONE;
	if (r->file->rule(r->file->arg, spec, r->line, &r->line_error)) {
		refuse(r, &r->line_error, err);
		return false;
	}
	return true;
}

/* The verdict that a line begins with; *at is moved behind it. -1: none that can be told by a glance. */
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
 * A line that is nothing but [VERDICT] ADDRESS and perhaps a comment: returns where the next one begins. NULL, and
 * nothing is done, for a line that is more than that, or badly written, or whose end is not before end.
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
		return error_set(err, ERR_INPUT, "a setting, near 'set': only rules can stand here");
	if (n != 3)
		return error_set(err, ERR_INPUT, "bad setting, near '%.64s': type 'set NAME VALUE'", words[n > 1]);
	return r->file->setting(r->file->arg, words[1], words[2], err) ? -1 : 0;
}

/* Fills r->rules. */
static int take_rule(struct reader *r, int n, char *const words[], struct error *err)
{
	if (!strcmp(words[0], "add")) {
		words++;
		if (!--n)
			return error_set(err, ERR_INPUT, "a rule is missing, near 'add': type 'add block 192.0.2.1'");
	}
	if (rules_parse(&r->rules, (size_t)n, words, r->file->verdict, err))
		return -1;
	for (size_t i = 0; i < r->rules.n && r->file->set; i++)
		snprintf(r->rules.at[i].set, sizeof(r->rules.at[i].set), "%s", r->file->set);
	return 0;
}

/* What people write who take the file for a script. */
static int check_command(const char *word, struct error *err)
{
	static const char *const others[] = {"del", "flush", "list", "load", "unload", "restore", "save", "batch"};

	if (!strcmp(word, "lsmctl"))
		return error_set(err, ERR_INPUT, "the program's name, near 'lsmctl': a line is what comes behind it");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcmp(word, others[i]))
			return error_set(err, ERR_INPUT,
					 "another command, near '%s': only rules and settings can stand here "
					 "(for commands there is 'lsmctl batch')",
					 word);
	}
	return 0;
}

/* Any line, in words. What is wrong with it is its error. */
static int take_words(struct reader *r, const char *line, size_t len, struct error *err)
{
	char *words[MAX_WORDS];
	int n;

	if (len > MAX_LINE)
		return error_set(err, ERR_INPUT, "a line of more than %d bytes, near '%.32s...': make several of it",
				 MAX_LINE, line);
	memcpy(r->copy, line, len);
	r->copy[len] = '\0';
	if (strlen(r->copy) < len)
		return error_set(err, ERR_INPUT, "a NUL byte, near '%.64s': this is no text, or text in UTF-16",
				 r->copy);
	n = words_split(r->copy, words, MAX_WORDS, err);
	if (n <= 0)
		return n;
	if (!strcmp(words[0], "set"))
		return take_setting(r, n, words, err);
	if (n > 1 && !strcmp(words[1], "--resolve"))
		return error_set(err, ERR_INPUT,
				 "an option, near '--resolve': names are not looked up here; type the command, and "
				 "'lsmctl save' writes what came of it");
	return check_command(words[0], err) ? -1 : take_rule(r, n, words, err);
}

/* A line up to end, where its newline is. */
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
		refuse(r, &r->line_error, err);
	}
}

/* Takes the lines of a piece. Returns how much of it that is: what is left is the start of a line. */
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
		/* A line that is too long is refused as soon as that is known, and the rest of it passed over. */
		if (!r->too_long)
			take_line(r, at, next ? next : end, err);
		r->too_long = !next;
		next = next ? next + 1 : end;
	}
	return (size_t)(at - text);
}

/* What take_piece() has left at the end, at the start of r->piece: a line without its newline. */
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
		done += (size_t)got;
		used = take_piece(r, r->piece, have, err);
		have -= used;
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
	memset(r, 0, offsetof(struct reader, copy)); /* the buffers behind it need not be cleared */
	r->file = file;
	r->bad = file->bad ? file->bad : &r->own;
	rule_init(&r->plain, file->verdict);
	if (file->set)
		snprintf(r->plain.set, sizeof(r->plain.set), "%s", file->set);
	return r;
}

/* Frees the reader. What was bad is the error, when nothing else is. */
static int reader_end(struct reader *r, int ret, struct error *err)
{
	if (r->stopped)
		ret = -1;
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
	used = take_piece(r, text, size, err);
	if (!r->stopped)
		memcpy(r->piece, text + used, size - used); /* less than a line, or it would have been taken */
	take_rest(r, size - used, err);
	return reader_end(r, 0, err);
}
