// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "policy/lock.h"
#include "policy/lock_key.h"
#include "run/run.h"
#include "shared/session.h"

#define KEY_FILE 0x200

static struct {
	const char *key_file;
} options;

static const struct argp_option option_table[] = {
	{"key-file", KEY_FILE, "FILE", 0, "the file with the key; '-': standard input", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)state;
	if (key != KEY_FILE)
		return ARGP_ERR_UNKNOWN;
	options.key_file = arg;
	return 0;
}

/* Says why a key does not unlock it, and what the state is, as far as the pins can be seen. */
static int refused(const struct invocation *inv, struct error *err)
{
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	struct locked locked = {.has_key = true};

	if (err->code != ERR_NONE)
		return -1;
	if (!pins_open(&pins, inv->pin_dir, PINS_SHARED, &ignored))
		locked = pins_locked(&pins);
	pins_close(&pins);
	return locked.has_key ? error_set(err, ERR_PERMISSION, "still locked: this is not the key")
			      : error_set(err, ERR_LOCKED, "still locked: nothing but a reboot unlocks it");
}

/* Removes what the lock has pinned, which is off now. What cannot be removed changes nothing: the next lock does it. */
static int clean(const struct invocation *inv, bool was, struct error *err)
{
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	int ret = pins_open(&pins, inv->pin_dir, PINS_EXCLUSIVE, was ? &ignored : err);

	if (!ret)
		ret = lock_clean(&pins, was ? &ignored : err);
	pins_close(&pins);
	if (was)
		runs_collect(inv->pin_dir);
	return was ? 0 : ret ? session_missing(inv, err) : 0;
}

static int run(struct invocation *inv, struct error *err)
{
	struct lock_key key;
	int was;

	if (!options.key_file)
		return error_set(err, ERR_USAGE, "the key is missing: type 'lsmctl unlock --key-file FILE'");
	if (output_check(&inv->out, err) || lock_key_read(&key, options.key_file, err))
		return -1;
	if (inv->dry_run)
		return error_set(err, ERR_USAGE,
				 "unlock has no dry run: leave -n out ('lsmctl status' says whether it is locked)");
	was = lock_open(&key, err);
	explicit_bzero(&key, sizeof(key));
	if (was < 0)
		return refused(inv, err);
	if (clean(inv, was, err))
		return -1;
	if (!was && !inv->exist)
		return error_set(err, ERR_EXISTS, "not locked (--exist accepts this)");
	if (inv->out.json) {
		json_t *root = output_root();

		json_object_set_new(root, "locked", json_false());
		output_json(&inv->out, root);
	} else if (!inv->out.quiet) {
		puts(was ? "unlocked" : "not locked");
	}
	return 0;
}

const struct command command_unlock = {
	.name = "unlock",
	.summary = "end a lock, with its key",
	.doc = "The kernel compares the key with the digest that it keeps. It does not count wrong keys: 256 random bits "
	       "cannot be guessed. Use another key for the next lock.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = 0,
	.run = run,
};
