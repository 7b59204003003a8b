// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses options with argp in two stages: the options before the command, and those after it. The common options belong
 * to both, so that `lsmctl -j list` equals `lsmctl list -j`. This file writes the messages instead of argp, so that
 * they follow -j too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "host/pins.h"
#include "cmd.h"

#define KEY_PIN_DIR 0x100 /* no short option */

const struct argp_option common_options[] = {
	{"json", 'j', NULL, 0, "print JSON", 0},
	{"pretty", 'p', NULL, 0, "print JSON for people to read (implies -j)", 0},
	{"terse", 't', NULL, 0, "print no header, and one tab between columns", 0},
	{"quiet", 'q', NULL, 0, "do not report changes", 0},
	{"exist", 'e', NULL, 0, "succeed if the wanted state exists already", 0},
	{"dry-run", 'n', NULL, 0, "check, and report what would change, but change nothing", 0},
	{"debug", 'd', NULL, 0, "print messages of libbpf and the verifier", 0},
	{"pin-dir", KEY_PIN_DIR, "DIR", 0, "the pin directory (default " PINS_DEFAULT_DIR ", or LSMCTL_PIN_DIR)", 0},
	{"help", 'h', NULL, 0, "print this help", -1},
	{"version", 'V', NULL, 0, "print the version", -1},
	{0},
};

/* Filled in by both stages. */
struct parse {
	struct invocation *inv;
	struct error *err;
	const struct command *instead; /* the user asked for help or version */
	int verb;		       /* first stage: index of the command */
	int failed_at;		       /* argp's index at its error */
	bool before_verb;
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct parse *parse = state->input;
	struct invocation *inv = parse->inv;

	switch (key) {
	case 'p':
		inv->out.pretty = true;
		/* fall through */
	case 'j':
		inv->out.json = true;
		return 0;
	case 't':
		inv->out.terse = true;
		return 0;
	case 'q':
		inv->out.quiet = true;
		return 0;
	case 'e':
		inv->exist = true;
		return 0;
	case 'n':
		inv->dry_run = true;
		return 0;
	case 'd':
		inv->debug = true;
		return 0;
	case KEY_PIN_DIR:
		inv->pin_dir = arg;
		return 0;
	case 'h':
		parse->instead = &command_help;
		return 0;
	case 'V':
		parse->instead = &command_version;
		return 0;
	case ARGP_KEY_ERROR:
		parse->failed_at = state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_words(int key, char *arg, struct argp_state *state)
{
	struct parse *parse = state->input;
	struct invocation *inv = parse->inv;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = parse;
		if (state->root_argp->children[1].argp)
			state->child_inputs[1] = parse->err;
		return 0;
	case ARGP_KEY_ARG:
		if (parse->before_verb) {
			parse->verb = state->next - 1;
			state->next = state->argc; /* the command parses the rest */
		} else {
			inv->words[inv->n++] = arg;
			while (inv->command->in_order && state->next < state->argc)
				inv->words[inv->n++] = state->argv[state->next++];
		}
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

struct option_lists {
	const struct argp_option *of[2];
};

/* Finds an option by its long name or its letter. */
static const struct argp_option *find_option(const struct option_lists *lists, const char *name, size_t len)
{
	for (size_t l = 0; l < 2; l++) {
		for (const struct argp_option *o = lists->of[l]; o && o->name; o++) {
			if ((strlen(o->name) == len && !strncmp(o->name, name, len)) || (len == 1 && o->key == name[0]))
				return o;
		}
	}
	return NULL;
}

static const char *option_name(size_t i, const void *arg)
{
	const struct option_lists *lists = arg;

	for (size_t l = 0; l < 2; l++) {
		for (const struct argp_option *o = lists->of[l]; o && o->name; o++) {
			if (!i--)
				return o->name;
		}
	}
	return NULL;
}

static int unknown_option(const struct invocation *inv, const struct option_lists *lists, const char *word,
			  struct error *err)
{
	const char *nearest = word[1] == '-' ? text_nearest(word + 2, 32, option_name, lists) : NULL;

	if (nearest)
		return error_set(err, ERR_USAGE, "unknown option '%.64s': did you mean '--%s'?", word, nearest);
	return error_set(err, ERR_USAGE, "unknown option '%.64s' (run 'lsmctl help%s%s')", word,
			 inv->command ? " " : "", inv->command ? inv->command->name : "");
}

/* Sets the error to the fault in one word; 0 when it has none. */
static int bad_word(const struct invocation *inv, const char *word, struct error *err)
{
	const struct option_lists lists = {{inv->command ? inv->command->options : NULL, common_options}};
	const char *dashes = word[1] == '-' ? "--" : "-", *name = word + strlen(dashes);
	const struct argp_option *option;
	size_t len = word[1] == '-' ? strcspn(name, "=") : 1;

	if (word[0] != '-' || !*name)
		return 0;
	option = find_option(&lists, name, len);
	/* In a cluster of letters only the last can take an argument. */
	while (word[1] != '-' && option && !option->arg && name[1])
		option = find_option(&lists, ++name, len);
	if (!option)
		return unknown_option(inv, &lists, word, err);
	if (option->arg && !name[len])
		return error_set(err, ERR_USAGE, "option '%s%.*s' needs an argument (%s)", dashes, (int)len, name,
				 option->arg);
	if (!option->arg && name[len])
		return error_set(err, ERR_USAGE, "option '--%s' takes no argument", option->name);
	return 0;
}

/* argp reports only where it stopped: after the bad word, or before it when the word is a cluster. */
static int bad_option(const struct invocation *inv, int argc, char **argv, int next, struct error *err)
{
	if (next > 0 && next <= argc && bad_word(inv, argv[next - 1], err))
		return -1;
	if (next < argc && bad_word(inv, argv[next], err))
		return -1;
	return error_set(err, ERR_USAGE, "bad options (run 'lsmctl help')");
}

static int parse(struct parse *parse, int argc, char **argv, unsigned int flags, struct error *err)
{
	const struct command *command = parse->inv->command;
	const struct argp common = {.options = common_options, .parser = parse_common};
	const struct argp own = {.options = command ? command->options : NULL,
				 .parser = command ? command->parse : NULL};
	const struct argp_child children[] = {
		{&common, 0, "Common options:", 1}, {own.parser ? &own : NULL, 0, NULL, 0}, {0}};
	const struct argp argp = {.parser = parse_words, .children = children};
	error_t ret = argp_parse(&argp, argc, argv, flags | ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, NULL, parse);

	if (err->code != ERR_NONE)
		return -1; /* the command's parser has set the error */
	if (ret == ENOMEM)
		return error_errno(err, ENOMEM, "cannot read the command line");
	if (ret)
		return bad_option(parse->inv, argc, argv, parse->failed_at, err);
	if (parse->instead)
		parse->inv->command = parse->instead;
	return 0;
}

void options_find_json(struct output *out, char *const words[])
{
	for (; *words && strcmp(*words, "--"); words++) {
		bool cluster = words[0][0] == '-' && words[0][1] != '-';

		out->pretty |= !strcmp(*words, "--pretty") || (cluster && strchr(*words, 'p'));
		out->json |= !strcmp(*words, "--json") || (cluster && strchr(*words, 'j')) || out->pretty;
	}
}

int options_parse_common(struct invocation *inv, int argc, char **argv, int *verb, struct error *err)
{
	struct parse state = {.inv = inv, .err = err, .verb = argc, .before_verb = true};
	int ret;

	/* Colour only for a terminal, unless NO_COLOR is set (no-color.org). */
	inv->out.color = isatty(STDOUT_FILENO) && (!getenv("NO_COLOR") || !*getenv("NO_COLOR"));
	ret = parse(&state, argc, argv, ARGP_IN_ORDER, err);
	*verb = state.verb;
	if (!ret && state.instead) {
		/* `lsmctl -h block` equals `lsmctl help block` */
		inv->words = argv + state.verb;
		inv->n = state.instead == &command_help && state.verb < argc ? 1 : 0;
		*verb = argc;
	}
	return ret;
}

int options_parse(struct invocation *inv, int argc, char **argv, struct error *err)
{
	struct parse state = {.inv = inv, .err = err};
	char *name = argv[0];

	/* argp moves the words to the front of argv when all options are parsed. */
	inv->words = argv;
	if (inv->command == &command_complete) {
		/* The words are the command line of another program, with its options. */
		inv->words++;
		inv->n = (size_t)argc - 1;
		return 0;
	}
	/* Only a batch runs a command twice. Without one, they are zero, on pages that nothing has touched. */
	if (inv->command->values && inv->batch)
		memset(inv->command->values, 0, inv->command->values_size);
	if (parse(&state, argc, argv, inv->command->in_order ? ARGP_IN_ORDER : 0, err))
		return -1;
	if (state.instead) {
		inv->words[0] = name;
		inv->n = state.instead == &command_help;
	}
	return 0;
}
