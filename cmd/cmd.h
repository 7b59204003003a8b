/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command is one file with one exported struct command; main.c holds them in a table, and that table makes dispatch,
 * help, completion, and the test that the manual page knows every command and option.
 */
#ifndef LSMCTL_CMD_H
#define LSMCTL_CMD_H

#include <argp.h>
#include "../common/output.h"
#include "../common/pins.h"
#include "../common/resolve.h"
#include "../common/ruleset.h"

/* What the common options say, and the words behind the command. */
struct invocation {
	const struct command *command;
	const char *pin_dir;
	struct output out;
	bool exist;
	bool dry_run;
	bool debug;
	size_t n;	   /* words */
	char **words;	   /* a part of argv */
	int status;	   /* an exit status that is not 0 or the error's */
	const char *batch; /* the file of which this is a line; NULL: typed */
};

struct command {
	const char *name;
	const char *args;    /* for the usage line: "RULE" */
	const char *summary; /* one line, no full stop */
	const char *doc;     /* for `help COMMAND`; NULL: the summary is enough */
	const struct argp_option *options;
	argp_parser_t parse; /* for these options; state->input is the struct error to set, then return EINVAL */
	/* At most this many words; NO_LIMIT for any number. Fewer than wanted is for run() to find. */
	size_t max_words;
	int (*run)(struct invocation *inv, struct error *err);
	/* Offers what could stand next after inv's words. NULL: what args says, if that is names such as "FILE". */
	void (*complete)(struct invocation *inv);
	bool hidden;
	int error_status; /* of errors that exit with 1 elsewhere, for a command whose 1 means something; or 0 */
};

#define NO_LIMIT ((size_t)-1)

/* The i-th command; the one of just this name; the name nearest to what was typed. NULL where there is none. */
const struct command *command_at(size_t i);
const struct command *command_find(const char *name);
const char *command_nearest(const char *typed);

extern const struct command command_load, command_unload, command_status, command_set;
extern const struct command command_add, command_block, command_allow, command_audit;
extern const struct command command_del, command_flush, command_list, command_stats;
extern const struct command command_test, command_upgrade, command_doctor;
extern const struct command command_watch, command_learn;
extern const struct command command_save, command_restore, command_batch, command_confirm, command_refresh;
extern const struct command command_help, command_version, command_complete;

/* The options that every command takes. */
extern const struct argp_option common_options[];

/* Parses argv[1..] for the command; argv[0] is put before messages. 0, or -1 with the error set. */
int options_parse(struct invocation *inv, int argc, char **argv, struct error *err);
/* The options before the command. *verb is its index in argv, or argc when there is none. */
int options_parse_common(struct invocation *inv, int argc, char **argv, int *verb, struct error *err);

/* What -j and -p say, for a command line that cannot be parsed: they may stand behind what is wrong. */
void options_find_json(struct output *out, char *const words[]);

/* Prints the help of a command, or with NULL that of lsmctl. */
void help_print(FILE *to, const struct command *command);

/* A rules file open under its lock. */
struct session {
	struct pins pins;
	struct ruleset *rules;
};

/* Opens pins and rules with the lock that the access wants, and ends what a killed writer left. Close it on success. */
int session_open(struct session *session, const struct invocation *inv, enum ruleset_access access, struct error *err);
/* One that is closed stays so. */
void session_close(struct session *session);

/* A JSON document whose last field is "rules", written as it goes. name: of a field before that one, or NULL. */
struct rules_json {
	bool pretty;
	FILE *to;
	int64_t boot_offset;
	size_t n;
};

void rules_json_begin(struct rules_json *list, const struct output *out, FILE *to, const char *name,
		      const json_t *value);
int rules_json_add(struct rules_json *list, const struct rule_info *rule); /* as for ruleset_each() */
void rules_json_end(struct rules_json *list);

/*
 * Opens, lets go of the lock, lets write() print what it wants of the rules to `to`, and closes: nobody waits for who
 * reads `to`, or for a name server. It is what the rules were at one moment.
 */
int session_print(const struct invocation *inv, FILE *to, void (*write)(struct ruleset *rules, FILE *to, void *arg),
		  void *arg, struct error *err);

/* Where rules come from: the options of restore and load. */
struct source_options {
	const char **names; /* as they were given, by source_add() */
	size_t n_names;
	struct source_file *files; /* those that they stand for, from source_open() on */
	size_t n_files;
	const char *set;      /* NULL: all of the ruleset */
	enum verdict verdict; /* of lines that name none */
	bool missing_cgroups;
};

struct source_file {
	char *name;
	char *text; /* what source_open() has read already; NULL: nothing yet */
	size_t size;
};

/* argp keys and options of the last two, and what they mean. ARGP_ERR_UNKNOWN, or EINVAL with the error set. */
#define KEY_VERDICT	    0x280
#define KEY_MISSING_CGROUPS 0x281
#define MISSING_CGROUPS_OPTION                                                                                         \
	{                                                                                                              \
		"missing-cgroups", KEY_MISSING_CGROUPS, NULL, 0, "accept rules for cgroups that are not there", 0      \
	}
#define SOURCE_OPTIONS                                                                                                 \
	{"verdict", KEY_VERDICT, "allow|block|audit", 0, "the verdict of lines that name none (block)", 0},            \
		MISSING_CGROUPS_OPTION
error_t source_option(struct source_options *options, int key, const char *arg, struct error *err);

/* One more FILE, of which all are one ruleset; borrowed. */
int source_add(struct source_options *options, const char *name, struct error *err);
/*
 * Before the lock is taken: sees that the files are there, of a directory those that are called *.rules, and reads all
 * of one that may keep us waiting (a pipe) or can be read only once (standard input). source_close() frees all that,
 * and the names, after a failure too.
 */
int source_open(const struct invocation *inv, struct source_options *options, struct error *err);
void source_close(struct source_options *options);
/* --confirm of what can be put on trial: how long, in ns. 0, or EINVAL with the error set. */
#define KEY_CONFIRM 0x282
#define CONFIRM_OPTION                                                                                                 \
	{                                                                                                              \
		"confirm", KEY_CONFIRM, "DURATION", 0, "go back by itself unless 'lsmctl confirm' comes in time", 0    \
	}
error_t confirm_option(const char *arg, uint64_t *trial, struct error *err);

/* --local of what looks names up: see host_check_open(). */
#define KEY_LOCAL 0x283
#define LOCAL_OPTION                                                                                                   \
	{                                                                                                              \
		"local", KEY_LOCAL, NULL, 0, "let rules that let through be for private and link-local addresses", 0   \
	}

/* Reads the files into a replacement, which has the first one's name; with NULL they are only checked. Shows progress
 * on a terminal. */
int source_read(const struct invocation *inv, const struct source_options *options, struct replacement *replacement,
		struct error *err);

/* The setting that is meant ("default", "mode", "strict" or "backstop"), and in *choice its value. NULL with the error
 * set. */
__u32 *setting_parse(struct settings *settings, const char *name, const char *value, __u32 *choice, struct error *err);
/* The i-th, NULL past the last, and what it is. */
const char *setting_name(size_t i);
const char *setting_value(const struct settings *settings, size_t i);

/* One command line, argv[0] not looked at. inv is filled in; what it says of options is where it starts. */
int command_run(struct invocation *inv, int argc, char **argv, struct error *err);

/*
 * What a command did to rules: JSON members "added", "changed", "removed", or + and - lines. It is printed when the
 * report is closed, which first closes the session, so that nobody waits with the lock for who reads standard output.
 */
struct report {
	const struct invocation *inv;
	json_t *root; /* NULL in text mode */
	FILE *to;     /* in text mode: what else there is to say goes here */
};

int report_open(struct report *report, const struct invocation *inv, struct error *err);
void report_rule(struct report *report, const struct rule_info *before, const struct rule_info *now);
/* "names", in JSON: which names were looked up, and the addresses that they have. */
void report_hosts(struct report *report, const struct hosts *hosts);
int report_close(struct report *report, struct session *session, struct error *err);
/* Instead of that, when nothing was done. */
void report_drop(struct report *report);

/*
 * The rules that keep loopback reachable when the default becomes block, as far as there are none for just these
 * prefixes, which would be the user's: to be freed with rules_free().
 */
int loopback_rules(struct ruleset *rules, struct rules *loopback, struct error *err);

/*
 * Warns of the hooks that the kernel lacks, with what is open without them: in the document's array "warnings", or with
 * NULL a line each on standard error.
 */
void warn_of_hooks(uint32_t hooks, json_t *root);

/* `doctor --selftest`. */
int selftest_run(struct invocation *inv, struct error *err);

/* A line of doctor: in colour on a terminal (0 green, 1 yellow, 2 red), what it is called, and what there is to say. */
void doctor_line(const struct output *out, int color, const char *word, int word_width, const char *name,
		 int name_width, const char *message);

/*
 * Completion: each of these offers words, those of them that begin as the word under the cursor does. What is offered
 * more than once is shown once.
 */
void complete_word(const char *word, const char *about); /* about: what a shell may show beside it, or NULL */
void complete_words(const char *const words[]);
void complete_verdicts(void);
void complete_destinations(void);
void complete_sets(const struct invocation *inv);
/* The words of a rule, or only those that name it, each once. */
void complete_rule(const struct invocation *inv, bool identity);
/* The same for a rule of which the destination can be left out, as for watch. */
void complete_filter(const struct invocation *inv);

/*
 * A word of every rule, unless that would be more than anyone can choose from. It may be empty, and then is none.
 * list: it can stand behind others and a comma.
 */
#define RULE_WORD_SIZE PREFIX_TEXT_SIZE
_Static_assert(RULE_WORD_SIZE >= SET_SIZE, "a word of a rule can be its set");
void complete_rules(const struct invocation *inv, void (*word_of)(const struct rule_info *rule, char *word), bool list);

#endif
