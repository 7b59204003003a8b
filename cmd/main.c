// SPDX-License-Identifier: GPL-2.0-only
/* The table of commands, and the dispatch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/nss.h"
#include "base/text.h"
#include "policy/loader.h"
#include "rule/synonym.h"
#include "shared/cmd.h"

static const struct command *const commands[] = {
	&command_load,	 &command_unload,      &command_upgrade,  &command_status,  &command_set,     &command_add,
	&command_block,	 &command_allow,       &command_audit,	  &command_del,	    &command_flush,   &command_list,
	&command_stats,	 &command_test,	       &command_watch,	  &command_save,    &command_restore, &command_import,
	&command_undo,	 &command_confirm,     &command_refresh,  &command_batch,   &command_learn,   &command_names,
	&command_doctor, &command_connections, &command_cut,	  &command_run,	    &command_lock,    &command_unlock,
	&command_help,	 &command_version,     &command_complete, &command_unblock, &command_reach,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command *command_at(size_t i)
{
	return i < COMMANDS ? commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	}
	return NULL;
}

static const char *visible_name(size_t i, const void *arg)
{
	(void)arg;
	return commands[i]->hidden ? NULL : commands[i]->name;
}

const char *command_nearest(const char *typed)
{
	return text_nearest(typed, COMMANDS, visible_name, NULL);
}

static int choose(struct invocation *inv, int argc, char **argv, int verb, struct error *err)
{
	const char *nearest;

	if (verb == argc)
		return error_set(err, ERR_USAGE, "a command is missing (run 'lsmctl help')");
	inv->command = command_find(argv[verb]);
	if (inv->command)
		return 0;
	nearest = synonym_of(argv[verb], SYNONYM_COMMAND);
	if (!nearest)
		nearest = command_nearest(argv[verb]);
	if (nearest)
		return error_set(err, ERR_USAGE, "unknown command '%.64s': did you mean '%s'?", argv[verb], nearest);
	return error_set(err, ERR_USAGE, "unknown command '%.64s' (run 'lsmctl help')", argv[verb]);
}

/* Keeps the words as they were typed: argp will put them in another order. */
static void note_words(struct invocation *inv, int argc, char **argv)
{
	char *to = inv->typed, *end = to + sizeof(inv->typed) - 1;

	for (int i = 1; i < argc && to < end; i++) {
		char *word = text_word(argv[i]);

		to += snprintf(to, (size_t)(end - to) + 1, "%s%s", i > 1 ? " " : "", word ? word : argv[i]);
		free(word);
	}
}

int command_line_run(struct invocation *inv, int argc, char **argv, struct error *err)
{
	const struct command *command;
	int verb;

	note_words(inv, argc, argv);
	if (options_parse_common(inv, argc, argv, &verb, err) ||
	    (!inv->command && choose(inv, argc, argv, verb, err)) ||
	    (verb < argc && options_parse(inv, argc - verb, argv + verb, err))) {
		options_find_json(&inv->out, argv + 1);
		return -1;
	}
	command = inv->command;
	if (inv->n > command->max_words)
		return error_set(err, ERR_USAGE, "unexpected '%.64s' (usage: lsmctl %s%s%s)",
				 inv->words[command->max_words], command->name, command->args ? " " : "",
				 command->args ? command->args : "");
	loader_debug(inv->debug);
	return command->run(inv, err);
}

/*
 * Returns the exit status for an error. A command may use 1 for a result; its errors then have another status, even for
 * a fault in an option before the command.
 */
static int error_status(const struct invocation *inv, const struct error *err, char *const argv[])
{
	const struct command *command = inv->command;
	int status = error_exit_status(err->code);

	while (!command && argv[1] && *argv[1] == '-')
		argv++;
	if (!command && argv[1])
		command = command_find(argv[1]);
	return status == 1 && command && command->error_status ? command->error_status : status;
}

int main(int argc, char **argv)
{
	static struct error err, unwritten; /* static: most runs touch no page of their texts */
	struct invocation inv = {.pin_dir = getenv("LSMCTL_PIN_DIR")};
	int status;

	output_init();
	nss_setup();
	if (!inv.pin_dir || !*inv.pin_dir)
		inv.pin_dir = PINS_DEFAULT_DIR;
	status = command_line_run(&inv, argc, argv, &err) && !inv.status ? error_status(&inv, &err, argv) : inv.status;
	if (err.code != ERR_NONE)
		output_error(&inv.out, &err);
	if (output_finish(&unwritten)) {
		inv.out.json = false; /* the error is about standard output, where JSON would go */
		output_error(&inv.out, &unwritten);
		/* Could not print the result for which test exits 1. */
		if (!status || (status == 1 && err.code == ERR_NONE))
			status = error_exit_status(unwritten.code);
	}
	return status;
}
