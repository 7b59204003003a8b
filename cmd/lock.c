// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <unistd.h>
#include "policy/lock.h"
#include "policy/lock_key.h"
#include "shared/session.h"

#define KEY_REBOOT 0x200
#define KEY_FILE   0x201
#define KEY_CREATE 0x202

static struct {
	bool until_reboot, create;
	const char *key_file;
} options;

static const struct argp_option option_table[] = {
	{"until-reboot", KEY_REBOOT, NULL, 0, "nothing but a reboot unlocks it", 0},
	{"key-file", KEY_FILE, "FILE", 0, "'lsmctl unlock' unlocks it with the key in FILE", 0},
	{"create", KEY_CREATE, NULL, 0, "make FILE, with a new key", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)state;
	switch (key) {
	case KEY_REBOOT:
		options.until_reboot = true;
		return 0;
	case KEY_FILE:
		options.key_file = arg;
		return 0;
	case KEY_CREATE:
		options.create = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int check_options(struct error *err)
{
	if (options.create && !options.key_file)
		return error_set(err, ERR_USAGE, "--create needs --key-file FILE, the file to make");
	if (!options.until_reboot && !options.key_file)
		return error_set(
			err, ERR_USAGE,
			"what may unlock it is missing: type 'lsmctl lock --key-file FILE' (with --create to make FILE) or 'lsmctl lock --until-reboot'");
	if (options.until_reboot && options.key_file)
		return error_set(err, ERR_USAGE, "--until-reboot and --key-file exclude each other: leave one out");
	if (options.create && !strcmp(options.key_file, "-"))
		return error_set(err, ERR_USAGE, "bad --key-file, near '-': --create makes a file");
	return 0;
}

/* Reads or makes the key; a dry run makes none. */
static int get_key(struct lock_key *key, bool dry_run, struct error *err)
{
	if (!options.key_file || (options.create && dry_run))
		return 0;
	return options.create ? lock_key_create(key, options.key_file, err) : lock_key_read(key, options.key_file, err);
}

/* What is locked already agrees with the options, as far as the kernel tells. */
static int locked_already(const struct locked *locked, bool accept, struct error *err)
{
	if (accept && locked->has_key == !options.until_reboot)
		return 0;
	return error_set(err, ERR_EXISTS, "locked already, %s%s",
			 locked->has_key ? "with a key" : "until this host reboots",
			 locked->has_key == !options.until_reboot ? " (--exist accepts this)" : "");
}

/* *there: it was locked before. */
static int lock(const struct invocation *inv, bool *there, struct error *err)
{
	struct pins pins = PINS_CLOSED;
	struct locked locked;
	struct session session;
	struct lock_key key;
	bool made;
	int ret;

	if (!pins_open(&pins, inv->pin_dir, PINS_SHARED, err)) {
		locked = pins_locked(&pins);
		pins_close(&pins);
		*there = locked.on;
		if (locked.on)
			return locked_already(&locked, inv->exist, err);
	}
	if (err->code != ERR_NONE)
		return session_missing(inv, err);
	if (session_open(&session, inv, RULESET_WRITE, err))
		return -1;
	ret = lock_prepare(&session.pins, session.rules, inv->dry_run, err);
	if (!ret)
		ret = get_key(&key, inv->dry_run, err);
	made = !ret && options.create && !inv->dry_run;
	if (!ret && !inv->dry_run)
		ret = lock_close(&session.pins, &session.rules, options.key_file ? &key : NULL, err);
	if (ret && made)
		unlink(options.key_file);
	explicit_bzero(&key, sizeof(key));
	session_close(&session);
	return ret;
}

static const char *const stops =
	"what stops working meanwhile: commands that change the policy, and 'lsmctl run'; other tools that load programs as security modules (systemd's RestrictFileSystems= among them), or that update or detach BPF links from several threads";
static const char *const does_not_stop =
	"what it does not stop: kernel modules, kexec and /dev/mem (boot with lockdown=integrity), and programs that were loaded before";

static void tell(const struct invocation *inv, bool there)
{
	bool would = inv->dry_run && !there;
	json_t *root;

	if (inv->out.json) {
		root = output_root();
		json_object_set_new(root, "dry_run", json_boolean(inv->dry_run));
		json_object_set_new(root, "locked", json_boolean(!would));
		json_object_set_new(root, "until", json_string(options.until_reboot ? "reboot" : "key"));
		output_json(&inv->out, root);
	} else if (!inv->out.quiet) {
		printf("%s %s\n",
		       there   ? "locked already,"
		       : would ? "would lock,"
			       : "locked,",
		       options.until_reboot ? "until this host reboots" : "until 'lsmctl unlock --key-file FILE'");
		if (!there) {
			puts(stops);
			puts(does_not_stop);
		}
		if (options.create && !would && !there)
			puts("take the key file to another host: who reads it here can unlock");
	}
}

static int run(struct invocation *inv, struct error *err)
{
	bool there = false;

	if (check_options(err) || output_check(&inv->out, err) || lock(inv, &there, err))
		return -1;
	tell(inv, there);
	return 0;
}

const struct command command_lock = {
	.name = "lock",
	.summary = "let nobody, root included, change or end the policy",
	.doc = "Until it is unlocked, the kernel refuses everybody what would change or end the policy: by commands, "
	       "files, mounts, bpf(2) or sysctl. Commands that only read go on, and so do watchers and runs. Rules with a "
	       "timeout still end.\n\n"
	       "Either --until-reboot or --key-file must be given. Of the key the kernel keeps only a digest. "
	       "The command refuses while a trial lasts, while it is not sure that the policy is in force, and while "
	       "another process or program has a map of the policy, which it names.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = 0,
	.run = run,
};
