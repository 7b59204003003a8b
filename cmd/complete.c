// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shell completion. `lsmctl __complete WORD...` gets the words after `lsmctl` without their quotes; the last is the
 * word under the cursor, perhaps empty. It prints the words that could stand there: see offer_print(). Commands,
 * options and values come from the tables that the commands use. Never fails: a shell cannot show an error.
 */
#include <stdlib.h>
#include <string.h>
#include "shared/complete.h"
#include "shared/offer.h"

/* Follows a command's args, such as "[FILE]" or "FILE...": the last may repeat. */
static void complete_args(struct invocation *inv)
{
	const char *at = inv->command->args ? inv->command->args : "";

	for (size_t i = 0; *at; i++) {
		const char *end = strchrnul(at, ' ');
		const char *name = at + (*at == '[');

		if (i == inv->n || (i < inv->n && !*end && memmem(at, (size_t)(end - at), "...", 3)))
			complete_value(inv, name, strcspn(name, ".] "));
		at = end + (*end == ' ');
	}
}

static void complete_options(const struct argp_option *options)
{
	for (; options && options->name; options++) {
		char word[64];

		snprintf(word, sizeof(word), "--%s", options->name);
		if (!(options->flags & OPTION_HIDDEN))
			offer(word, options->doc, 0);
	}
}

/* Finds an option of the command, or a common one, by its long name or its letter. */
static const struct argp_option *find_option(const struct command *command, const char *name, size_t len, int key)
{
	const struct argp_option *lists[] = {command ? command->options : NULL, common_options};

	for (size_t i = 0; i < 2; i++) {
		for (const struct argp_option *o = lists[i]; o && o->name; o++) {
			if (key ? o->key == key : strlen(o->name) == len && !strncmp(o->name, name, len))
				return o;
		}
	}
	return NULL;
}

/* Returns the option in a word when the next word is its value, or NULL. */
static const struct argp_option *wants_value(const struct command *command, const char *word)
{
	const struct argp_option *option = NULL;

	if (word[1] == '-')
		option = find_option(command, word + 2, strlen(word + 2), 0);
	/* In a cluster of letters only the last can take a value. */
	for (word++; *word != '-' && *word && !(option && option->arg); word++)
		option = find_option(command, "", 0, *word);
	return option && option->arg && !(option->flags & OPTION_ARG_OPTIONAL) && (*word == '-' || !*word) ? option
													   : NULL;
}

/* An option's table entry lists its values as "allow|block"; "FILE" names a kind of value. */
static void complete_option(const struct invocation *inv, const struct argp_option *option)
{
	char *words = strdup(option->arg), *rest = words, *word;

	if (!strchr(option->arg, '|'))
		complete_value(inv, option->arg, strlen(option->arg));
	else
		while (words && (word = strsep(&rest, "|")))
			offer(word, NULL, 0);
	free(words);
}

static int run(struct invocation *inv, struct error *err)
{
	struct invocation rest = {.pin_dir = inv->pin_dir, .words = inv->words};
	const struct argp_option *option = NULL;
	bool no_options = false; /* true after "--" */
	const char *current, *value;

	(void)err;
	if (!inv->n)
		return 0;
	current = inv->words[inv->n - 1];
	offer_begin(current, 0);
	for (size_t i = 0; i + 1 < inv->n; i++) {
		char *word = inv->words[i];

		if (option) {
			rest.pin_dir = !strcmp(option->name, "pin-dir") ? word : rest.pin_dir;
			option = NULL;
		} else if (!no_options && word[0] == '-' && word[1]) {
			no_options = rest.command && !strcmp(word, "--");
			option = wants_value(rest.command, word);
			if (!strncmp(word, "--pin-dir=", strlen("--pin-dir=")))
				rest.pin_dir = strchr(word, '=') + 1;
		} else if (rest.command) {
			rest.words[rest.n++] = word; /* stays within the array: n follows i */
			no_options |= rest.command->in_order;
		} else {
			rest.command = command_find(word);
			if (!rest.command)
				return 0;
		}
	}
	if (option) {
		complete_option(&rest, option);
	} else if (!no_options && !strncmp(current, "--", 2) && (value = strchr(current, '='))) {
		option = find_option(rest.command, current + 2, (size_t)(value - current - 2), 0);
		offer_begin(current, (size_t)(value + 1 - current));
		if (option && option->arg)
			complete_option(&rest, option);
	} else if (!no_options && current[0] == '-') {
		complete_options(rest.command ? rest.command->options : NULL);
		complete_options(common_options);
	} else if (!rest.command) {
		complete_commands(&rest);
	} else if (rest.n < rest.command->max_words) {
		(rest.command->complete ? rest.command->complete : complete_args)(&rest);
	}
	offer_print();
	return 0;
}

const struct command command_complete = {
	.name = "__complete",
	.args = "WORD...",
	.summary = "what a shell asks for completion",
	.max_words = NO_LIMIT,
	.run = run,
	.hidden = true,
};
