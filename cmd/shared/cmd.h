/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each command is one file with one exported struct command. main.c lists them in a table. This table drives dispatch,
 * help and completion, and the test that the manual page has every command and option.
 */
#ifndef LSMCTL_SHARED_CMD_H
#define LSMCTL_SHARED_CMD_H

#include <argp.h>
#include "output.h"

/* The common options of a command line, and the words after the command. */
struct invocation {
	const struct command *command;
	const char *pin_dir;
	struct output out;
	bool exist;
	bool dry_run;
	bool debug;
	size_t n;		   /* number of words */
	char **words;		   /* part of argv */
	int status;		   /* exit status of a successful command when it is not 0 */
	const char *batch;	   /* the file that has this line; NULL: typed */
	struct gathered *gathered; /* of a batch: where rules to add are kept for now; NULL: they are added */
	char typed[400];	   /* the words of the command line, as far as they fit, for the history */
};

struct command {
	const char *name;
	const char *args;    /* for the usage line: "RULE" */
	const char *summary; /* one line without a full stop */
	const char *doc;     /* for `help COMMAND`; NULL: the summary suffices */
	const struct argp_option *options;
	argp_parser_t parse; /* for these options; state->input is the struct error to set, then return EINVAL */
	void *values;	     /* parse() fills it in; zeroed before, since a batch may run the command twice */
	size_t values_size;
	/* The most words; NO_LIMIT: any number. run() checks for missing words. */
	size_t max_words;
	int (*run)(struct invocation *inv, struct error *err);
	/* Offers the next word after inv's words. NULL: follow args when it has names such as "FILE". */
	void (*complete)(struct invocation *inv);
	bool hidden;
	bool in_order;	  /* the first word ends the options: the rest are words, whatever they look like */
	int error_status; /* exit status for errors that exit with 1 elsewhere, when 1 is a result of the command; or 0
			   */
};

#define NO_LIMIT ((size_t)-1)

/*
 * Return the i-th command; the command with exactly this name; the name nearest to a typed word. NULL when none exists.
 */
const struct command *command_at(size_t i);
const struct command *command_find(const char *name);
const char *command_nearest(const char *typed);

extern const struct command command_load, command_unload, command_status, command_set;
extern const struct command command_add, command_block, command_allow, command_audit;
extern const struct command command_del, command_unblock, command_flush, command_list, command_stats;
extern const struct command command_test, command_upgrade, command_doctor;
extern const struct command command_watch, command_learn;
extern const struct command command_save, command_restore, command_import, command_batch, command_confirm,
	command_refresh, command_undo;
extern const struct command command_connections, command_cut, command_run, command_names;
extern const struct command command_lock, command_unlock;
extern const struct command command_help, command_version, command_complete, command_reach;

/* The options of every command. */
extern const struct argp_option common_options[];

/* Parses argv[1..] for the command; argv[0] prefixes messages. 0, or -1 with the error set. */
int options_parse(struct invocation *inv, int argc, char **argv, struct error *err);
/* Parses the options before the command. *verb: its index in argv, or argc without a command. */
int options_parse_common(struct invocation *inv, int argc, char **argv, int *verb, struct error *err);

/* Applies only -j and -p, for a command line that does not parse: they may follow the fault. */
void options_find_json(struct output *out, char *const words[]);

/* Prints the help of a command; NULL: of lsmctl. */
void help_print(FILE *to, const struct command *command);

/* Runs one command line, ignoring argv[0]. Fills in inv, whose options are the defaults. */
int command_line_run(struct invocation *inv, int argc, char **argv, struct error *err);

#endif
