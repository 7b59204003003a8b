// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "shared/cmd.h"

/* Fills in argp's help layout: the list of commands takes the place of the program's description. */
static char *describe(int key, const char *text, void *input)
{
	const struct command *command;
	char *list = NULL;
	size_t size;
	FILE *to;

	(void)input;
	if (key != ARGP_KEY_HELP_PRE_DOC)
		return (char *)text;
	to = open_memstream(&list, &size);
	if (!to)
		return NULL;
	fputs("Decides in the kernel which destinations the programs on this host may reach.\n\nCommands:\n", to);
	for (size_t i = 0; (command = command_at(i)); i++) {
		if (!command->hidden)
			fprintf(to, "  %-8s %s\n", command->name, command->summary);
	}
	fputs("\n'lsmctl help COMMAND' says more. Options go before or after COMMAND:", to);
	return fclose(to) ? NULL : list; /* argp frees it */
}

static char *capitalised(const struct command *command)
{
	char *text;

	if (asprintf(&text, "%c%s.%s%s", command->summary[0] - 'a' + 'A', command->summary + 1,
		     command->doc ? "\n\n" : "", command->doc ? command->doc : "") < 0)
		return NULL;
	return text;
}

void help_print(FILE *to, const struct command *command)
{
	const struct argp common = {.options = common_options};
	const struct argp_child child[] = {{&common, 0, command ? "Options that every command takes:" : NULL, 1}, {0}};
	const unsigned int flags = ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG | ARGP_HELP_POST_DOC;
	struct argp argp = {.args_doc = "COMMAND [ARGS]", .doc = "", .children = child, .help_filter = describe};
	char name[64] = "lsmctl";
	char *doc = NULL;

	if (command) {
		doc = capitalised(command);
		snprintf(name, sizeof(name), "lsmctl %s", command->name);
		argp = (struct argp){
			.options = command->options, .args_doc = command->args, .doc = doc, .children = child};
	}
	argp_help(&argp, to, flags, name);
	free(doc);
}

static int run(struct invocation *inv, struct error *err)
{
	const struct command *command = NULL;
	const char *nearest;

	if (inv->n) {
		command = command_find(inv->words[0]);
		nearest = command_nearest(inv->words[0]);
		if (!command && nearest)
			return error_set(err, ERR_USAGE, "unknown command '%.64s': did you mean '%s'?", inv->words[0],
					 nearest);
		if (!command)
			return error_set(err, ERR_USAGE, "unknown command '%.64s' (run 'lsmctl help')", inv->words[0]);
	}
	inv->out.json = false; /* help is text, also with -j */
	help_print(stdout, command);
	return 0;
}

const struct command command_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "print this summary, or the help of a command",
	.max_words = 1,
	.run = run,
};
