// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two stages of argp: the options before the command, and those behind it. The common options are a child of both, so
 * `lsmctl -j list` and `lsmctl list -j` are the same. Messages are made here, not by argp, so that they follow -j too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "../common/text.h"

#define KEY_PIN_DIR 0x100 /* no short option */

const struct argp_option common_options[] = {
	{"json", 'j', NULL, 0, "print JSON", 0},
	{"pretty", 'p', NULL, 0, "print JSON for people to read (implies -j)", 0},
	{"terse", 't', NULL, 0, "print no header, and one tab between columns", 0},
	{"quiet", 'q', NULL, 0, "do not report what was done", 0},
	{"exist", 'e', NULL, 0, "succeed when the wanted state is there already", 0},
	{"dry-run", 'n', NULL, 0, "check and report, but change nothing", 0},
	{"debug", 'd', NULL, 0, "print what libbpf and the verifier say", 0},
	{"pin-dir", KEY_PIN_DIR, "DIR", 0, "where the pins are (default " PINS_DEFAULT_DIR ", or LSMCTL_PIN_DIR)", 0},
	{"help", 'h', NULL, 0, "print this help", -1},
	{"version", 'V', NULL, 0, "print the version", -1},
	{0},
};

/* What both stages fill in. */
struct parse {
	struct invocation *inv;
	struct error *err;
	const struct command *instead; /* help or version was asked for */
	int verb;		       /* first stage: where the command is */
	int failed_at;		       /* argp's index when it met an error */
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
			state->next = state->argc; /* the rest is the command's */
		} else {
			inv->words[inv->n++] = arg;
		}
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

struct option_lists {
	const struct argp_option *of[2];
};

/* By its long name, or its letter. */
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

/* Says what is wrong with the options in one word; 0 when nothing is. */
static int bad_word(const struct invocation *inv, const char *word, struct error *err)
{
	const struct option_lists lists = {{inv->command ? inv->command->options : NULL, common_options}};
	const char *dashes = word[1] == '-' ? "--" : "-", *name = word + strlen(dashes);
	const struct argp_option *option;
	size_t len = word[1] == '-' ? strcspn(name, "=") : 1;

	if (word[0] != '-' || !*name)
		return 0;
	option = find_option(&lists, name, len);
	/* In a cluster of letters all but the last take no argument. */
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

/* argp tells only where it stopped: behind the word it did not like, or in front of it when the word is a cluster. */
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
		return -1; /* the command's own parser has said it */
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

	/* Colour is for people who look, and who have not said otherwise (no-color.org). */
	inv->out.color = isatty(STDOUT_FILENO) && (!getenv("NO_COLOR") || !*getenv("NO_COLOR"));
	ret = parse(&state, argc, argv, ARGP_IN_ORDER, err);
	*verb = state.verb;
	if (!ret && state.instead) {
		/* `lsmctl -h block` is `lsmctl help block` */
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

	/* They go to the front of argv: argp hands them over when it is through with all options. */
	inv->words = argv;
	if (inv->command == &command_complete) {
		/* These words are another command line's, options and all. */
		inv->words++;
		inv->n = (size_t)argc - 1;
		return 0;
	}
	if (parse(&state, argc, argv, 0, err))
		return -1;
	if (state.instead) {
		inv->words[0] = name;
		inv->n = state.instead == &command_help;
	}
	return 0;
}
