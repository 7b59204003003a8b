/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of rules, and the options of commands that read them. */
#ifndef LSMCTL_SHARED_SOURCE_H
#define LSMCTL_SHARED_SOURCE_H

#include "table/ruleset.h"
#include "cmd.h"
#include "except_words.h"

/* The sources of rules: the options of restore and load. */
struct source_options {
	const char **names; /* as given to source_add() */
	size_t n_names;
	struct source_file *files; /* the files to read, after source_open() */
	size_t n_files;
	const char *set;	    /* NULL: the whole ruleset */
	enum verdict verdict;	    /* for lines without a verdict */
	bool allow_empty;	    /* no rule and no setting in all files is no error */
	size_t n_rules, n_settings; /* that source_read() has met */
	struct own_rules *own;	    /* looks at each rule; NULL: nobody does */
	struct set_excepts excepts; /* what rules of sets leave out: with --set or by lines of the files */
};

struct source_file {
	char *name;
	char *text; /* text that source_open() has already read; NULL: none */
	size_t size;
};

/*
 * argp keys and options for the last two fields, and their parser: 0, ARGP_ERR_UNKNOWN, or EINVAL with the error set.
 */
#define KEY_VERDICT	    0x280
#define KEY_MISSING_CGROUPS 0x281
#define MISSING_CGROUPS_OPTION                                                                                         \
	{                                                                                                              \
		"missing-cgroups", KEY_MISSING_CGROUPS, NULL, 0, "no longer needed: a cgroup need not exist", 0        \
	}
#define SOURCE_OPTIONS                                                                                                 \
	{"verdict", KEY_VERDICT, "allow|block|audit", 0, "verdict for lines that name none (block)", 0},               \
		MISSING_CGROUPS_OPTION
/* Says, once, that the option is no longer needed. */
void tell_missing_cgroups(void);
error_t source_option(struct source_options *options, int key, const char *arg, struct error *err);

/* Adds a FILE; all files together are one ruleset. Borrows name. */
int source_add(struct source_options *options, const char *name, struct error *err);
/*
 * Call it before taking the lock. Checks that the files exist, lists the *.rules of a directory, and reads files that
 * may block (a pipe) or can be read only once (standard input). source_close() frees everything, names included, also
 * after a failure.
 */
int source_open(const struct invocation *inv, struct source_options *options, struct error *err);
void source_close(struct source_options *options);
/* --confirm for commands that can start a trial. Parses ns: 0, or EINVAL with the error set. */
#define KEY_CONFIRM 0x282
#define CONFIRM_OPTION                                                                                                 \
	{                                                                                                              \
		"confirm", KEY_CONFIRM, "DURATION", 0,                                                                 \
			"return to the previous state unless 'lsmctl confirm' comes in time", 0                        \
	}
error_t confirm_option(const char *arg, uint64_t *trial, struct error *err);

/* --local for commands that resolve names: see host_check_open(). */
#define KEY_LOCAL 0x283
#define LOCAL_OPTION                                                                                                   \
	{                                                                                                              \
		"local", KEY_LOCAL, NULL, 0, "accept private, link-local and multicast addresses for allow and audit", \
			0                                                                                              \
	}

/*
 * Reads the files into a replacement, which has the first file's name; NULL: only checks them. Shows progress on a
 * terminal.
 */
int source_read(const struct invocation *inv, struct source_options *options, struct replacement *replacement,
		struct error *err);

#endif
