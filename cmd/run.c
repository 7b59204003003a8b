// SPDX-License-Identifier: GPL-2.0-only
/* Runs a command that reaches, with all that it starts, only what is said. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/new_file.h"
#include "base/num.h"
#include "policy/loader.h"
#include "rule/format.h"
#include "run/child.h"
#include "run_report.h"
#include "run_wish.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/source.h"

enum key {
	KEY_ALLOW = 0x200,
	KEY_FILE,
	KEY_LOOPBACK,
	KEY_UNIX,
	KEY_USER,
	KEY_NO_PROMISE,
	KEY_NEW_PRIVS,
	KEY_KEEP_FD,
	KEY_LINGER,
	KEY_AUDIT,
	KEY_REPORT,
	KEY_ALLOWLIST,
	KEY_TELL,
	KEY_FAIL_ON_BLOCK,
	KEY_LOAD,
};

#define FDS 64 /* that may be kept */

static struct {
	struct wish_options wish;
	const char *user, *report, *allowlist;
	int keep[FDS];
	size_t n_keep;
	bool no_promise, new_privs, linger, tell, fail_on_block, load;
} options;

static const struct argp_option option_table[] = {
	{"allow", KEY_ALLOW, "RULE", 0,
	 "let it reach a destination: an address, a prefix, a host name, with :PORT or not; may be repeated", 0},
	{"file", KEY_FILE, "FILE", 0, "let it reach what the allow rules of FILE say; may be repeated", 0},
	{"loopback", KEY_LOOPBACK, NULL, 0, "let it reach this host by loopback", 0},
	LOCAL_OPTION,
	{"unix", KEY_UNIX, "PATH", 0, "let it connect to this Unix socket; may be repeated", 0},
	{"audit", KEY_AUDIT, NULL, 0, "refuse nothing; report what would have been refused", 0},
	{"report", KEY_REPORT, "FILE", 0,
	 "write all that it reached to FILE: Markdown for .md, JSON for .json, else text", 0},
	{"allowlist", KEY_ALLOWLIST, "FILE", 0, "write rules to FILE that would have let all of it pass", 0},
	{"tell", KEY_TELL, NULL, 0, "tell of each refusal at once, and how to allow it", 0},
	{"fail-on-block", KEY_FAIL_ON_BLOCK, NULL, 0, "exit with 1 if anything was refused and the command gave 0", 0},
	{"user", KEY_USER, "USER", 0, "run it as this user, instead of the one who called sudo", 0},
	{"keep-fd", KEY_KEEP_FD, "N", 0, "keep this descriptor open, besides 0 to 2; may be repeated", 0},
	{"linger", KEY_LINGER, NULL, 0, "let what it started go on when it ends, still confined", 0},
	{"new-privs", KEY_NEW_PRIVS, NULL, 0, "let setuid programs work, which can leave the run", 0},
	{"no-promise", KEY_NO_PROMISE, NULL, 0, "accept that the command can leave the run", 0},
	{"load", KEY_LOAD, NULL, 0, "load a policy without rules first, if none is loaded", 0},
	{0},
};

/* In ascending order. */
static int keep_fd(const char *arg, struct error *err)
{
	uint64_t fd;
	size_t i;

	if (num_parse(arg, 1 << 20, &fd))
		return error_set(err, ERR_USAGE, "bad --keep-fd, near '%.64s': the number of a descriptor", arg);
	if (fd < 3)
		return 0;
	if (options.n_keep == FDS)
		return error_set(err, ERR_USAGE, "more than %d times --keep-fd", FDS);
	for (i = options.n_keep++; i && options.keep[i - 1] > (int)fd; i--)
		options.keep[i] = options.keep[i - 1];
	options.keep[i] = (int)fd;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct error *err = state->input;

	switch (key) {
	case KEY_ALLOW:
		return wish_words_add(&options.wish.allow, arg, err) ? EINVAL : 0;
	case KEY_FILE:
		return wish_words_add(&options.wish.files, arg, err) ? EINVAL : 0;
	case KEY_UNIX:
		return wish_words_add(&options.wish.sockets, arg, err) ? EINVAL : 0;
	case KEY_KEEP_FD:
		return keep_fd(arg, err) ? EINVAL : 0;
	case KEY_LOOPBACK:
		options.wish.loopback = true;
		return 0;
	case KEY_LOCAL:
		options.wish.local = true;
		return 0;
	case KEY_AUDIT:
		options.wish.audit = true;
		return 0;
	case KEY_REPORT:
		options.report = arg;
		return 0;
	case KEY_ALLOWLIST:
		options.allowlist = arg;
		return 0;
	case KEY_USER:
		options.user = arg;
		return 0;
	case KEY_TELL:
		options.tell = true;
		return 0;
	case KEY_FAIL_ON_BLOCK:
		options.fail_on_block = true;
		return 0;
	case KEY_LINGER:
		options.linger = true;
		return 0;
	case KEY_NEW_PRIVS:
		options.new_privs = true;
		return 0;
	case KEY_NO_PROMISE:
		options.no_promise = true;
		return 0;
	case KEY_LOAD:
		options.load = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* The report is written when the command is over: better to fail now. */
static int check_file(const char *path, struct error *err)
{
	struct new_file file;

	if (!path || !strcmp(path, "-"))
		return 0;
	if (new_file_open(&file, path, err))
		return -1;
	return new_file_end(&file, path, NEW_FILE_DROP, err);
}

static int check_options(const struct invocation *inv, struct error *err)
{
	if (inv->batch)
		return error_set(err, ERR_USAGE, "no 'run' in a batch: type it by itself");
	if (!inv->n)
		return error_set(err, ERR_USAGE,
				 "a command is missing: type 'lsmctl run --allow 192.0.2.1:443 -- COMMAND'");
	if (options.new_privs && !options.no_promise)
		return error_set(
			err, ERR_USAGE,
			"a setuid program can leave the run, so the run promises nothing: add --no-promise, or leave out --new-privs");
	return check_file(options.report, err) || check_file(options.allowlist, err) ? -1 : 0;
}

static void nothing_aside(const char *dir, const char *aside, uid_t owner)
{
	(void)dir, (void)aside, (void)owner;
}

static void nothing_closed(const struct error *why)
{
	(void)why;
}

/* A policy that allows everything to everyone: only runs notice it. */
static int load(const struct invocation *inv, struct error *err)
{
	const struct load_options policy = {.default_verdict = VERDICT_ALLOW,
					    .attach_auto = true,
					    .max_rules = LOADER_DEFAULT_RULES,
					    .mount = true,
					    .aside = nothing_aside,
					    .closed = nothing_closed};
	struct error why = {};
	uint32_t hooks;

	if (!loader_load(inv->pin_dir, &policy, inv->dry_run, &hooks, &why) || why.code == ERR_EXISTS)
		return 0;
	*err = why;
	return -1;
}

/* For --tell: looks only when something was refused since the last time. */
struct told {
	const struct running *running;
	const struct run_wish *wish;
	uint64_t refused, until;
};

static void tell(void *arg)
{
	struct told *told = arg;
	struct run_report report;
	struct error ignored = {};
	struct run counts;

	if (!run_counts(told->running, false, &counts) || counts.refused == told->refused)
		return;
	told->refused = counts.refused;
	if (!run_report_read(&report, told->running, told->wish, &ignored))
		told->until = run_report_tell(&report, told->until, stderr);
	run_report_free(&report);
}

/* The command is over, whatever goes wrong here: *status is its exit status. */
static int report(const struct invocation *inv, const struct running *running, const struct run_wish *wish, int *status,
		  struct error *err)
{
	struct run_report report;
	int ret = run_report_read(&report, running, wish, err);

	if (!ret) {
		if (options.fail_on_block && !*status && !wish->audit && run_report_refused(&report))
			*status = 1;
		if (inv->out.json || (!inv->out.quiet && !options.report && run_report_refused(&report)))
			run_report_print(&report, &inv->out, stderr);
		if (options.report)
			ret = run_report_save(&report, options.report, err);
		if (options.allowlist && run_report_save_rules(&report, options.allowlist, err))
			ret = -1;
		if (ret && !*status)
			*status = 1;
	}
	run_report_free(&report);
	return ret;
}

static int start(const struct invocation *inv, struct running *running, const struct run_wish *wish,
		 const struct run_user *user, int *status, struct error *err)
{
	char **argv = calloc(inv->n + 1, sizeof(*argv));
	const struct child_wish child_wish = {.argv = argv,
					      .user = user,
					      .keep = options.keep,
					      .n_keep = options.n_keep,
					      .new_privs = options.new_privs};
	struct told told = {.running = running, .wish = wish};
	pid_t child = -1;
	int ret = -1;

	if (argv) {
		memcpy(argv, inv->words, inv->n * sizeof(*argv));
		child_prepare();
		child = child_start(&child_wish, running->tree.fd, status, err);
	}
	if (child >= 0) {
		*status = child_wait(child, options.tell ? tell : NULL, &told);
		if (options.tell)
			tell(&told);
		ret = report(inv, running, wish, status, err);
	}
	free(argv);
	if (run_end(running, options.linger, err))
		ret = -1;
	return ret;
}

static void print_plan(const struct invocation *inv, const struct run_wish *wish, const struct run_user *user)
{
	printf("would run %s as %s, with nothing in reach but:\n", inv->words[0], user->name);
	for (size_t i = 0; i < wish->rules.n; i++) {
		char *text = rule_format(&wish->rules.at[i]);

		printf("%s\n", text ? text : "");
		free(text);
	}
}

static int run(struct invocation *inv, struct error *err)
{
	struct running running = RUNNING_NONE;
	struct run_wish wish = {};
	struct run_user user = {};
	int status = CHILD_FAILED, ret = -1;

	inv->status = status;
	if (check_options(inv, err) || run_user_find(&user, options.user, options.no_promise, err) ||
	    wish_read(&wish, &options.wish, err) || (options.load && load(inv, err)))
		goto out;
	if (run_begin(&running, inv->pin_dir, &wish, inv->dry_run, err)) {
		if (err->code == ERR_NOT_LOADED) {
			*err = (struct error){};
			error_set(err, ERR_NOT_LOADED,
				  "not loaded (run 'lsmctl load', or add --load, which loads a policy without rules)");
		}
		goto out;
	}
	if (inv->dry_run) {
		print_plan(inv, &wish, &user);
		status = ret = 0;
	} else {
		ret = start(inv, &running, &wish, &user, &status, err);
	}
	inv->status = status;
out:
	run_user_free(&user);
	wish_free(&wish);
	free(options.wish.allow.at);
	free(options.wish.files.at);
	free(options.wish.sockets.at);
	return ret;
}

static void complete(struct invocation *inv)
{
	complete_value(inv, "FILE", strlen("FILE"));
}

const struct command command_run = {
	.name = "run",
	.args = "[--] COMMAND [ARGUMENT...]",
	.summary = "run a command, and let all of it reach only what is said",
	.doc = "The command, and whatever it starts, reaches only the destinations of --allow and --file, and port 53 of "
	       "the configured name servers; everything else is refused with EPERM. The rules of the host hold besides: "
	       "a run only narrows. Its rules are its own: list, save, restore and undo do not know them.\n\n"
	       "RULE is a destination, such as 192.0.2.0/24, api.example.com:443 or [2001:db8::1]:443, or in quotes a "
	       "whole rule, such as '192.0.2.1 port 80,443 proto tcp'. Host names are looked up once, at the start. "
	       "An address of a private network that a name stands for needs --local.\n\n"
	       "No process of the run gets out: not by fork or setsid, not by Unix sockets of others, not through a "
	       "debugger's ways into other processes, nor by typing into the terminal, nor by a tun device. It runs as "
	       "the user who called sudo, or as --user, never as root, without ways to get more privileges, and with "
	       "no descriptors but 0 to 2 and those of --keep-fd. When the command ends, what is left of the run is killed. If lsmctl "
	       "is killed, the run stays confined.\n\n"
	       "The exit status is the command's; 128 and the number of the signal that ended it; 125 if nothing was "
	       "started, 126 if the command cannot be started, 127 if there is no such command. If anything was refused, "
	       "a table of it follows on standard error.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = NO_LIMIT,
	.in_order = true,
	.run = run,
	.complete = complete,
	.error_status = CHILD_FAILED,
};
