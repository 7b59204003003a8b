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

static const struct argp_option *find_option(const struct argp_option *options, const char *name, size_t len)
{
	for (; options && (options->name || options->key); options++) {
		if (options->name && strlen(options->name) == len && !strncmp(options->name, name, len))
			return options;
		if (len == 1 && options->key == name[0])
			return options;
	}
	return NULL;
}

struct option_lists {
	const struct argp_option *of[2];
};

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

/* argp tells only where it stopped: say which option was wrong, and how. */
static int bad_option(const struct invocation *inv, int argc, char **argv, int next, struct error *err)
{
	struct option_lists lists = {{inv->command ? inv->command->options : NULL, common_options}};
	const struct argp_option *option = NULL;
	const char *token, *name, *nearest;
	size_t len;

	/* Inside a cluster of short options argp has not gone on to the next word. */
	token = next > 0 && next <= argc && argv[next - 1][0] == '-' ? argv[next - 1] : next < argc ? argv[next] : "";
	name = token + strspn(token, "-");
	len = strcspn(name, "=");
	for (size_t l = 0; l < 2 && !option; l++)
		option = find_option(lists.of[l], name, len);
	if (option && option->arg && !name[len])
		return error_set(err, ERR_USAGE, "option '%s' needs an argument (%s)", token, option->arg);
	if (option && !option->arg && name[len])
		return error_set(err, ERR_USAGE, "option '--%s' takes no argument", option->name);
	nearest = name - token == 2 ? text_nearest(name, 32, option_name, &lists) : NULL;
	if (nearest)
		return error_set(err, ERR_USAGE, "unknown option '%.64s': did you mean '--%s'?", token, nearest);
	return error_set(err, ERR_USAGE, "unknown option '%.64s' (run 'lsmctl help%s%s')", token,
			 inv->command ? " " : "", inv->command ? inv->command->name : "");
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
	const struct command *asked = inv->command;
	char *name = argv[0];

	/* The words are moved to the front of their own array: there are never more of them than were there. */
	inv->words = calloc((size_t)argc + 1, sizeof(*inv->words));
	if (!inv->words)
		return error_errno(err, ENOMEM, "cannot read the command line");
	if (asked == &command_complete) {
		/* These words are another command line's, options and all. */
		memcpy(inv->words, argv + 1, (size_t)argc * sizeof(*argv));
		inv->n = (size_t)argc - 1;
		return 0;
	}
	if (parse(&state, argc, argv, 0, err))
		return -1;
	if (state.instead) {
		inv->words[0] = name;
		inv->n = state.instead == &command_help;
		return 0;
	}
	if (inv->n > asked->max_words)
		return error_set(err, ERR_USAGE, "unexpected '%.64s' (usage: lsmctl %s%s%s)",
				 inv->words[asked->max_words], asked->name, asked->args ? " " : "",
				 asked->args ? asked->args : "");
	return 0;
}
