// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs many commands in one process: each line of a file has the words after `lsmctl`. Stops at the first failure. Runs
 * each line under its own lock; restore is for changes that must be made as a whole. Lines that only add a rule are
 * gathered, and carried out together before another line, or when the input ends or pauses: what comes of them is the
 * same. When they fail together, they are run one by one, up to the one that fails.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "rule/split.h"
#include "shared/adding.h"
#include "shared/history.h"
#include "shared/primed.h"

#define MAX_WORDS 4096 /* in a line */
#define PART_DONE 4    /* exit status when a line failed after others succeeded */

/* A line whose rules are gathered. */
struct waiting {
	char *text;
	size_t line;
};

struct batch {
	const struct invocation *inv;
	const char *name;
	size_t line;
	size_t done;	 /* number of commands done */
	json_t *results; /* NULL in text mode */
	struct gathered gathered;
	struct waiting *waiting;
	size_t n_waiting;
	const struct command *last; /* of the line before */
};

/* Returns the document that a command printed. Help is no JSON. */
static json_t *document(const char *text, size_t size)
{
	json_t *value = json_loadb(text, size, 0, NULL);

	if (!value)
		value = json_stringn(text, size);
	return value ? value : json_null();
}

static struct invocation invocation_of(const struct batch *batch)
{
	return (struct invocation){.pin_dir = batch->inv->pin_dir,
				   .out = batch->inv->out,
				   .exist = batch->inv->exist,
				   .dry_run = batch->inv->dry_run,
				   .debug = batch->inv->debug,
				   .batch = batch->name};
}

/* Runs a command. In JSON mode collects its output in memory, as a part of the batch's document. */
static int run_words(struct batch *batch, int argc, char **argv, struct error *err)
{
	struct invocation inv = invocation_of(batch);
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

static int run_now(struct batch *batch, char *line, struct error *err)
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

static void forget_waiting(struct batch *batch)
{
	for (size_t i = 0; i < batch->n_waiting; i++)
		free(batch->waiting[i].text);
	free(batch->waiting);
	batch->waiting = NULL;
	batch->n_waiting = 0;
	gathered_free(&batch->gathered);
}

/* Carries out the lines that wait. On an error batch->line is the one that failed. */
static int catch_up(struct batch *batch, struct error *err)
{
	const struct invocation inv = invocation_of(batch);
	struct rules *rules = &batch->gathered.rules;
	struct error ignored = {};
	size_t line = batch->line;
	int ret = 0;

	if (!batch->n_waiting)
		return 0;
	if (!add_rules(&inv, rules->at, rules->n, &(struct adding){.apart = true}, &ignored)) {
		batch->done += batch->n_waiting;
		fflush(stdout);
	} else {
		for (size_t i = 0; i < batch->n_waiting && !ret; i++) {
			batch->line = batch->waiting[i].line;
			ret = run_now(batch, batch->waiting[i].text, err);
		}
	}
	forget_waiting(batch);
	if (!ret)
		batch->line = line;
	return ret;
}

/* Returns the command of a line that only adds a rule, or NULL. Options are not alike for all lines. */
static const struct command *only_adds(struct batch *batch, char *const words[])
{
	const struct command *last = batch->last;
	const struct command *command = last && !strcmp(words[0], last->name) ? last : command_find(words[0]);
	bool adds = command == &command_add || command == &command_block || command == &command_allow ||
		    command == &command_audit;

	batch->last = command;
	while (*words && **words != '-')
		words++;
	return adds && !*words ? command : NULL;
}

/* Gathers the rules of a line. 1: they must come after the others. */
static int gather(struct batch *batch, const struct command *command, int n, char **words, char *text,
		  struct error *err)
{
	struct invocation inv = invocation_of(batch);
	struct waiting *at = array_with_room_for_one(batch->waiting, batch->n_waiting, sizeof(*at));

	if (!at || !text)
		return error_errno(err, ENOMEM, "cannot keep a line");
	batch->waiting = at;
	inv.gathered = &batch->gathered;
	inv.words = words;
	inv.n = (size_t)n;
	if (!batch->n_waiting) /* or they are 0 still: no option sets any of them */
		memset(command->values, 0, command->values_size);
	if (command->run(&inv, err))
		return -1;
	if (batch->gathered.full)
		return 1;
	at[batch->n_waiting++] = (struct waiting){text, batch->line};
	return 0;
}

/* Lines that wait are before the one that failed: when one of these fails too, that is the error. */
static int fail(struct batch *batch, struct error *err)
{
	struct error earlier = {};

	if (catch_up(batch, &earlier))
		*err = earlier;
	return -1;
}

/* Runs a line, or keeps it. */
static int run_line(struct batch *batch, char *line, struct error *err)
{
	char *words[MAX_WORDS + 1], *text = strdup(line), *copy = strdup(line);
	const struct command *command = NULL;
	int n = text && copy ? words_split(copy, words, MAX_WORDS, err)
			     : error_errno(err, ENOMEM, "cannot keep a line"),
	    ret = n < 0 ? -1 : n > 0;

	if (n > 0 && !batch->results && !batch->inv->dry_run) {
		words[n] = NULL;
		command = only_adds(batch, words);
	}
	if (command)
		ret = gather(batch, command, n - 1, words + 1, text, err);
	free(copy);
	if (!command || ret)
		free(text);
	if (ret < 0)
		return fail(batch, err);
	if (!ret)
		return 0; /* kept, or empty */
	return catch_up(batch, err) ? -1 : run_now(batch, line, err);
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

/* True when no whole line is there, and a read would wait: whoever writes the lines may wait for us. */
static bool pauses(FILE *from)
{
	struct pollfd fd = {.fd = fileno(from), .events = POLLIN};
	const char *at = from->_IO_read_ptr; /* what glibc has read already */
	size_t left = (size_t)(from->_IO_read_end - at);

	return !(left && memchr(at, '\n', left)) && !poll(&fd, 1, 0);
}

static int run_lines(struct batch *batch, FILE *from, struct error *err)
{
	struct error why = {};
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while (why.code == ERR_NONE && !(pauses(from) && catch_up(batch, &why)) &&
	       (len = getline(&line, &room, from)) >= 0) {
		bool mark = !batch->line++ && !strncmp(line, "\xef\xbb\xbf", 3);

		if (strlen(line) < (size_t)len && !catch_up(batch, &why))
			error_set(&why, ERR_INPUT, "a NUL byte, near '%.64s': the file is not text, or is in UTF-16",
				  line);
		line[strcspn(line, "\n")] = '\0';
		if (why.code == ERR_NONE)
			run_line(batch, line + (mark ? 3 : 0), &why);
	}
	free(line);
	if (why.code == ERR_NONE)
		catch_up(batch, &why);
	forget_waiting(batch);
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
