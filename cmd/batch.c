// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many commands in one process: the lines of a file, each what would stand behind `lsmctl`. The first that fails ends
 * it. Each line is done as it is read, under its own lock: what has to be done as a whole is for restore.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/text.h"

#define MAX_WORDS 4096 /* of a line */
#define PART_DONE 4    /* the exit status when a line failed behind others that did not */

struct batch {
	const struct invocation *inv;
	const char *name;
	size_t line;
	size_t done;	 /* commands */
	json_t *results; /* NULL in text mode */
};

/* What a command printed; help is no JSON. */
static json_t *document(const char *text, size_t size)
{
	json_t *value = json_loadb(text, size, 0, NULL);

	if (!value)
		value = json_stringn(text, size);
	return value ? value : json_null();
}

/* Runs a command. In JSON its document becomes a part of ours: what it prints goes to memory meanwhile. */
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
		ret = command_run(&inv, argc, argv, err);
		fflush(stdout); /* who reads our output line by line is not kept waiting */
		return ret;
	}
	stdout = open_memstream(&text, &size);
	if (!stdout) {
		stdout = real;
		return error_errno(err, ENOMEM, "cannot run a command");
	}
	ret = command_run(&inv, argc, argv, err);
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

/* The error of a line, with its place put before it. */
static void blame(const struct batch *batch, const struct error *why, struct error *err)
{
	if (why->lines) {
		*err = *why; /* a file that the line named; each line of it has its place already */
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
			error_set(&why, ERR_INPUT, "a NUL byte, near '%.64s': this is no text, or text in UTF-16",
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

/* One document, whatever happened. */
static void print_json(struct batch *batch, const struct error *err)
{
	json_t *root = output_root();

	json_object_set_new(root, "results", batch->results);
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
		return error_set(err, ERR_USAGE, "a batch within a batch, near 'batch': put its lines here");
	if (!batch.name)
		return error_set(err, ERR_USAGE, "a file is missing (usage: lsmctl batch FILE; '-' is standard input)");
	from = standard_input ? stdin : fopen(batch.name, "re");
	if (!from)
		return error_errno(err, errno, "cannot open %s", batch.name);
	if (inv->out.json)
		batch.results = json_array();
	ret = run_lines(&batch, from, err);
	if (!standard_input)
		fclose(from);
	if (ret)
		inv->status = batch.done ? PART_DONE : error_exit_status(err->code);
	if (!inv->out.json)
		return ret;
	print_json(&batch, err);
	*err = (struct error){};
	return 0;
}

const struct command command_batch = {
	.name = "batch",
	.args = "FILE",
	.summary = "do the commands in a file, one a line",
	.doc = "The first that fails ends it, with exit status 4 if others were done before it. What is to happen as a "
	       "whole or not at all is for 'lsmctl restore'.",
	.max_words = 1,
	.run = run,
};
