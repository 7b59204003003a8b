// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs many commands in one process: each line of a file has the words after `lsmctl`. Stops at the first failure. Runs
 * each line as it is read, under its own lock; restore is for changes that must be made as a whole.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "rule/split.h"
#include "shared/history.h"
#include "shared/primed.h"

#define MAX_WORDS 4096 /* in a line */
#define PART_DONE 4    /* exit status when a line failed after others succeeded */

struct batch {
	const struct invocation *inv;
	const char *name;
	size_t line;
	size_t done;	 /* number of commands done */
	json_t *results; /* NULL in text mode */
};

/* Returns the document that a command printed. Help is no JSON. */
static json_t *document(const char *text, size_t size)
{
	json_t *value = json_loadb(text, size, 0, NULL);

	if (!value)
		value = json_stringn(text, size);
	return value ? value : json_null();
}

/* Runs a command. In JSON mode collects its output in memory, as a part of the batch's document. */
static int run_words(struct batch *batch, int argc, char **argv, struct error *err)
{
	struct invocation inv = {.pin_dir = batch->inv->pin_dir,
				 .out = batch->inv->out,
				 .exist = batch->inv->exist,
				 .dry_run = batch->inv->dry_run,
				 .debug = batch->inv->debug,
				 .batch = batch->name};
	FILE *real = stdout;
	char *text = NULL;
	size_t size = 0;
	int ret;

	if (!batch->results) {
		ret = command_line_run(&inv, argc, argv, err);
		fflush(stdout); /* do not delay a reader that takes our output line by line */
		return ret;
	}
	stdout = open_memstream(&text, &size);
	if (!stdout) {
		stdout = real;
		return error_errno(err, ENOMEM, "cannot run a command");
	}
	ret = command_line_run(&inv, argc, argv, err);
	fclose(stdout);
	stdout = real;
	if (!ret)
		json_array_append_new(batch->results, json_pack("{s:I,s:o}", "line", (json_int_t)batch->line, "output",
								document(text, size)));
	free(text);
	return ret;
}

static int run_line(struct batch *batch, char *line, struct error *err)
{
	char *argv[MAX_WORDS + 2] = {"lsmctl"};
	int n = words_split(line, argv + 1, MAX_WORDS, err);

	if (n <= 0)
		return n;
	argv[n + 1] = NULL;
	if (run_words(batch, n + 1, argv, err))
		return -1;
	batch->done++;
	return 0;
}

/* Sets the error of a line, with its place in front. */
static void blame(const struct batch *batch, const struct error *why, struct error *err)
{
	if (why->lines) {
		*err = *why; /* the lines of a file that the line named already have their place */
		return;
	}
	error_set(err, why->code, "%s:%zu: %s", batch->name, batch->line, why->text);
}

static int run_lines(struct batch *batch, FILE *from, struct error *err)
{
	struct error why = {};
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while (why.code == ERR_NONE && (len = getline(&line, &room, from)) >= 0) {
		bool mark = !batch->line++ && !strncmp(line, "\xef\xbb\xbf", 3);

		if (strlen(line) < (size_t)len)
			error_set(&why, ERR_INPUT, "a NUL byte, near '%.64s': the file is not text, or is in UTF-16",
				  line);
		line[strcspn(line, "\n")] = '\0';
		if (why.code == ERR_NONE)
			run_line(batch, line + (mark ? 3 : 0), &why);
	}
	free(line);
	if (why.code != ERR_NONE)
		blame(batch, &why, err);
	else if (ferror(from))
		error_errno(err, errno, "cannot read %s", batch->name);
	return err->code == ERR_NONE ? 0 : -1;
}

/* Prints one document, on success and on failure. */
static void print_json(struct batch *batch, const struct error *err)
{
	json_t *root = output_root();

	json_object_set_new(root, "results", batch->results);
	history_warn(root);
	if (err->code != ERR_NONE)
		json_object_set_new(
			root, "error",
			json_pack("{s:s,s:o}", "code", error_name(err->code), "message", output_string(err->text)));
	output_json(&batch->inv->out, root);
}

static int run(struct invocation *inv, struct error *err)
{
	struct batch batch = {.inv = inv, .name = inv->n ? inv->words[0] : NULL};
	bool standard_input = batch.name && !strcmp(batch.name, "-");
	FILE *from;
	int ret;

	if (inv->batch)
		return error_set(err, ERR_USAGE, "a batch within a batch, near 'batch': insert the lines here");
	if (!batch.name)
		return error_set(err, ERR_USAGE, "a file is missing (usage: lsmctl batch FILE; '-' is standard input)");
	from = standard_input ? stdin : fopen(batch.name, "re");
	if (!from)
		return error_errno(err, errno, "cannot open %s", batch.name);
	if (inv->out.json)
		batch.results = json_array();
	ret = run_lines(&batch, from, err);
	history_end_batch(inv);
	if (batch.done)
		prime_new_names(inv);
	if (!standard_input)
		fclose(from);
	if (ret)
		inv->status = batch.done ? PART_DONE : error_exit_status(err->code);
	if (!inv->out.json) {
		history_warn(NULL);
		return ret;
	}
	print_json(&batch, err);
	*err = (struct error){};
	return 0;
}

const struct command command_batch = {
	.name = "batch",
	.args = "FILE",
	.summary = "run the commands in a file, one on each line",
	.doc = "The first failure ends the batch. The exit status is then 4 if other commands ran before it.\n\n"
	       "For a change of several rules that is done as a whole or not at all, use 'lsmctl restore'.",
	.max_words = 1,
	.run = run,
};
