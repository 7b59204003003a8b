// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/num.h"
#include "base/text.h"
#include "policy/loader.h"
#include "rule/prefix.h"
#include "rule/verdict.h"
#include "shared/cmd.h"
#include "shared/kept_sets.h"
#include "shared/lockouts.h"
#include "shared/primed.h"
#include "shared/report.h"
#include "shared/source.h"
#include "shared/warnings.h"
#include "policy/programs.h"

#define KEY_DEFAULT   0x200
#define KEY_MODE      0x201
#define KEY_MAX_RULES 0x202
#define KEY_ATTACH    0x203
#define KEY_NO_MOUNT  0x204
#define KEY_FILE      0x205
#define KEY_BACKSTOP  0x206
#define KEY_NAMES     0x207
#define KEY_ADDRESSES 0x208

/* What a person may ask for; each name takes 200 bytes of the kernel's memory, each address 250. */
#define MOST_NAMES	1000000u
#define LEAST_ADDRESSES 1024u
#define MOST_ADDRESSES	4194304u

static const struct load_options defaults = {
	.default_verdict = VERDICT_ALLOW,
	.mode = MODE_ENFORCE,
	.attach = ATTACH_LSM,
	.max_rules = LOADER_DEFAULT_RULES,
	.max_names = NAME_RULES,
	.max_addresses = RULED_ROOM,
	.mount = true,
};
static struct load_options options;
static struct source_options source;
static uint64_t trial; /* ns */

/* The options given. */
static struct given {
	bool default_verdict, mode, max_rules, max_names, max_addresses, attach;
} given;

static const struct argp_option option_table[] = {
	{"default", KEY_DEFAULT, "allow|block", 0, "verdict for calls that match no rule (allow)", 0},
	{"mode", KEY_MODE, "enforce|audit", 0, "audit: refuse nothing, only count (enforce)", 0},
	{"backstop", KEY_BACKSTOP, NULL, 0, "judge packets too, as they leave", 0},
	{"max-rules", KEY_MAX_RULES, "N", 0, "make room for N rules (4194304)", 0},
	{"max-names", KEY_NAMES, "N", 0, "make room for N names in rules (10000)", 0},
	{"max-addresses", KEY_ADDRESSES, "N", 0, "know at most N addresses of these (65536)", 0},
	{"attach", KEY_ATTACH, "lsm|fmod_ret|auto", 0,
	 "as a security module (lsm), in front of all modules without a boot parameter (fmod_ret), or as this kernel allows (auto)",
	 0},
	{"file", KEY_FILE, "FILE", 0,
	 "enforce the rules and settings of FILE, or of the *.rules of a directory, from the first instant; may be repeated",
	 0},
	SOURCE_OPTIONS,
	{"confirm", KEY_CONFIRM, "DURATION", 0, "refuse nothing any more unless 'lsmctl confirm' comes in time", 0},
	{"no-mount", KEY_NO_MOUNT, NULL, 0, "do not mount a BPF file system on /sys/fs/bpf if it is missing", 0},
	{0},
};

static int set_choice(const char *option, const char *arg, const char *one, const char *other, struct error *err)
{
	if (strcmp(arg, one) && strcmp(arg, other))
		return error_set(err, ERR_USAGE, "bad --%s, near '%.64s': %s or %s", option, arg, one, other);
	return !strcmp(arg, other);
}

static error_t parse_room(const char *option, const char *arg, uint32_t least, uint32_t most, uint32_t *room,
			  bool *said, struct error *err)
{
	uint64_t n;

	if (num_parse(arg, most, &n) || n < least) {
		error_set(err, ERR_USAGE, "bad --%s, near '%.64s': a number from %u to %u", option, arg, least, most);
		return EINVAL;
	}
	*room = (uint32_t)n;
	*said = true;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct error *err = state->input;
	int choice;

	switch (key) {
	case ARGP_KEY_INIT: /* a batch may run load twice */
		options = defaults;
		source = (struct source_options){.verdict = VERDICT_BLOCK, .allow_empty = true};
		given = (struct given){};
		trial = 0;
		return 0;
	case KEY_CONFIRM:
		return confirm_option(arg, &trial, err);
	case KEY_FILE:
		return source_add(&source, arg, err) ? EINVAL : 0;
	case KEY_DEFAULT:
		choice = set_choice("default", arg, "allow", "block", err);
		options.default_verdict = choice == 1 ? VERDICT_BLOCK : VERDICT_ALLOW;
		given.default_verdict = true;
		return choice < 0 ? EINVAL : 0;
	case KEY_MODE:
		choice = set_choice("mode", arg, "enforce", "audit", err);
		options.mode = choice == 1 ? MODE_AUDIT : MODE_ENFORCE;
		given.mode = true;
		return choice < 0 ? EINVAL : 0;
	case KEY_MAX_RULES:
		return parse_room("max-rules", arg, 1, LOADER_MAX_RULES, &options.max_rules, &given.max_rules, err);
	case KEY_NAMES:
		return parse_room("max-names", arg, 1, MOST_NAMES, &options.max_names, &given.max_names, err);
	case KEY_ADDRESSES:
		return parse_room("max-addresses", arg, LEAST_ADDRESSES, MOST_ADDRESSES, &options.max_addresses,
				  &given.max_addresses, err);
	case KEY_ATTACH:
		options.attach_auto = !strcmp(arg, "auto");
		options.attach = !strcmp(arg, "fmod_ret") ? ATTACH_FMOD_RET : ATTACH_LSM;
		given.attach = !options.attach_auto;
		if (options.attach_auto || options.attach != ATTACH_LSM || !strcmp(arg, "lsm"))
			return 0;
		error_set(err, ERR_USAGE, "bad --attach, near '%.64s': lsm, fmod_ret or auto", arg);
		return EINVAL;
	case KEY_BACKSTOP:
		options.backstop = true;
		return 0;
	case KEY_NO_MOUNT:
		options.mount = false;
		return 0;
	}
	return source_option(&source, key, arg, err);
}

/* Reads rules and settings from the files. An option of this command overrides the setting of a file. */
static int fill_from_files(struct ruleset *rules, const struct invocation *inv, struct error *err)
{
	struct replacement *replacement = ruleset_replace_begin(rules, source.files[0].name, NULL, err);
	struct replaced result = {};
	struct settings *settings;
	char from[SOURCE_SIZE];
	int ret = replacement ? source_read(inv, &source, replacement, err) : -1;

	if (!ret) {
		kept_source(source.names, source.n_names, from);
		ruleset_replace_source(replacement, from);
		settings = ruleset_replace_settings(replacement);
		if (given.default_verdict)
			settings->default_verdict = options.default_verdict;
		if (given.mode)
			settings->mode = options.mode;
		settings->backstop |= options.backstop;
		ret = ruleset_replace_end(replacement, !inv->dry_run, 0, &result, err);
	}
	if (replacement)
		ruleset_replace_free(replacement);
	return ret;
}

/* Checks before anything changes that the rules which keep loopback open fit. */
static int check_room(struct error *err)
{
	struct prefixes loopback = {};
	size_t n;

	if (options.default_verdict != VERDICT_BLOCK)
		return 0;
	if (prefixes_parse(&loopback, "loopback", err))
		return -1;
	n = loopback.n;
	prefixes_free(&loopback);
	return n <= options.max_rules
		       ? 0
		       : error_set(err, ERR_USAGE,
				   "--max-rules %u has no room for the %zu rules that keep loopback open",
				   options.max_rules, n);
}

static struct error cannot_answer, cannot_learn; /* these are told after the lock is gone */
static struct lockouts lockouts;

/* Adds the first rules, which are in force from the first instant. */
static int fill(struct ruleset *rules, void *arg, struct error *err)
{
	struct rules loopback = {};
	int ret = 0;

	if (source.n_files && fill_from_files(rules, arg, err))
		return -1;
	if (options.default_verdict == VERDICT_BLOCK && !(ret = loopback_rules(rules, &loopback, err)))
		ret = ruleset_try(rules, ruleset_settings(rules), loopback.at, loopback.n, 0, false, err);
	if (!ret && trial)
		ret = ruleset_begin_on_trial(rules, trial, err);
	rules_free(&loopback);
	if (!ret && ruleset_settings(rules)->default_verdict == VERDICT_BLOCK)
		lockouts_by_default(&lockouts, rules);
	if (!ret && ruleset_settings(rules)->strict)
		lockouts_by_strict(&lockouts);
	return ret;
}

static void tell_aside(const char *dir, const char *aside, uid_t owner)
{
	char *plain = text_escape(dir), *where = text_escape(aside);

	fprintf(stderr,
		"lsmctl: warning: %s belonged to uid %u and was moved to %s: check who can write to that directory\n",
		plain ? plain : "", owner, where ? where : "");
	free(plain);
	free(where);
}

static void keep_closed(const struct error *why)
{
	cannot_answer = *why;
}

static void keep_unnamed(const struct error *why)
{
	cannot_learn = *why;
}

/* With --exist: accepts the loaded policy when it agrees with the other options. */
static int check_settings(const struct invocation *inv, uint32_t *hooks, struct error *err)
{
	struct session session;
	struct settings settings;
	struct config config;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	config = *ruleset_config(session.rules);
	*hooks = config.hooks;
	settings = *ruleset_settings(session.rules);
	session_close(&session);
	if (given.default_verdict && settings.default_verdict != options.default_verdict)
		return error_set(err, ERR_EXISTS, "loaded already, with another default ('lsmctl set default %s')",
				 verdict_name(options.default_verdict));
	if (given.mode && settings.mode != options.mode)
		return error_set(err, ERR_EXISTS, "loaded already, in another mode ('lsmctl set mode %s')",
				 options.mode == MODE_AUDIT ? "audit" : "enforce");
	if (options.backstop && !settings.backstop)
		return error_set(err, ERR_EXISTS, "loaded already, without the backstop ('lsmctl set backstop on')");
	if ((given.max_rules && config.max_rules != options.max_rules) ||
	    (given.max_names && config.max_names != options.max_names) ||
	    (given.max_addresses && config.max_addresses != options.max_addresses) ||
	    (given.attach && config.attach != options.attach))
		return error_set(
			err, ERR_EXISTS,
			"loaded already, with --attach %s --max-rules %u --max-names %u --max-addresses %u (run 'lsmctl unload' first)",
			attach_name(config.attach), config.max_rules, config.max_names, config.max_addresses);
	return 0;
}

/* Reports bad lines before attaching; in a dry run reports all faults. */
static int check_files(const struct invocation *inv, struct error *err)
{
	struct ruleset *nowhere;
	int ret;

	if (source_open(inv, &source, err))
		return -1;
	if (!inv->dry_run)
		return source_read(inv, &source, NULL, err);
	nowhere = ruleset_imagine(options.max_rules, err);
	if (nowhere)
		ruleset_config(nowhere)->max_names = options.max_names;
	ret = nowhere ? fill_from_files(nowhere, inv, err) : -1;
	if (nowhere)
		ruleset_close(nowhere);
	return ret;
}

static int load(struct invocation *inv, struct error *err)
{
	bool would = inv->dry_run, there = false; /* loaded already */
	json_t *root = NULL;
	uint32_t hooks;

	if (check_room(err))
		return -1;
	options.fill = fill;
	options.aside = tell_aside;
	options.closed = keep_closed;
	options.unnamed = keep_unnamed;
	options.arg = inv;
	cannot_answer = cannot_learn = (struct error){};
	if (output_check(&inv->out, err) || (source.n_names && check_files(inv, err)))
		return -1;
	if (loader_load(inv->pin_dir, &options, inv->dry_run, &hooks, err)) {
		if (err->code != ERR_EXISTS || !inv->exist)
			return -1;
		*err = (struct error){};
		if (check_settings(inv, &hooks, err))
			return -1;
		would = false;
		there = true;
	}
	warn_of_answers(&cannot_answer);
	warn_of_names(&cannot_learn);
	if (inv->out.json && !would)
		return command_status.run(inv, err); /* includes the warnings */
	if (inv->out.json) {
		root = output_root();
		json_object_set_new(root, "dry_run", json_true());
		json_object_set_new(root, "loaded", json_false());
	}
	warn_of_hooks(hooks, root);
	if (root)
		output_json(&inv->out, root);
	else if (!inv->out.quiet)
		puts(would	      ? "would load"
		     : there && trial ? "loaded already: nothing is on trial"
		     : trial	      ? "loaded, on trial: 'lsmctl confirm' keeps it"
				      : "loaded");
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	int ret = load(inv, err);

	lockouts_tell(&lockouts, ret || inv->out.quiet);
	if (!ret)
		prime_new_names(inv);
	source_close(&source);
	return ret;
}

const struct command command_load = {
	.name = "load",
	.summary = "attach the programs and pin them; the kernel then enforces",
	.doc = "With --default block, two rules that keep loopback reachable are added first. Delete them if you do not "
	       "want them.",
	.options = option_table,
	.parse = parse,
	.max_words = 0,
	.run = run,
};
