// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "host/kernel.h"
#include "host/second_mount.h"
#include "table/ruleset.h"
#include "table/settings.h"
#include "answers.h"
#include "exe.h"
#include "keeper.h"
#include "loader.h"
#include "names.h"
#include "needed.h"
#include "object.h"
#include "prove.h"
#include "run_programs.h"

static bool debug;

__attribute__((format(printf, 2, 0))) static int print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	return debug ? vfprintf(stderr, fmt, args) : 0;
}

void loader_debug(bool on)
{
	debug = on;
	libbpf_set_print(print);
}

static int find_foreign(const char *name, void *arg)
{
	char **foreign = arg;

	if (pins_is_ours(name))
		return 0;
	*foreign = strdup(name);
	return 1;
}

static int find_any(const char *name, void *arg)
{
	(void)arg;
	return pins_is_ours(name);
}

/* Accepts an empty directory, and leftovers of a killed load, which may be removed. Refuses anything else. */
static int check_leftovers(const struct pins *pins, struct error *err)
{
	struct error why = {};
	struct ruleset *rs = ruleset_open(pins, RULESET_READ, &why);
	char *foreign = NULL;
	int ret;

	if (rs) {
		ruleset_close(rs);
		return error_set(err, ERR_EXISTS, "loaded already (--exist accepts this; 'lsmctl status' shows more)");
	}
	if (why.code != ERR_NOT_LOADED)
		return error_set(err, why.code, "%s", why.text);
	ret = pins_each(pins, find_foreign, &foreign);
	if (ret < 0)
		return error_errno(err, -ret, "cannot read %s", pins->path);
	if (foreign) {
		error_set(err, ERR_LAYOUT, "%s/%s is not lsmctl's: remove it, or use another --pin-dir", pins->path,
			  foreign);
		free(foreign);
		return -1;
	}
	return 0;
}

static int choose_attach(const struct load_options *options, enum attach *attach, struct error *err)
{
	int active = kernel_bpf_lsm_active();

	*attach = options->attach;
	if (options->attach_auto)
		*attach = active == 0 ? ATTACH_FMOD_RET : ATTACH_LSM;
	/* The kernel attaches programs to an inactive module too, but never calls them. */
	if (*attach == ATTACH_LSM && active == 0)
		return kernel_explain_no_lsm(err);
	return 0;
}

static void set_version(struct config *config)
{
	snprintf(config->version, sizeof(config->version), "%s", LSMCTL_VERSION);
}

static void fill_config(struct config *config, const struct load_options *options, enum attach attach, uint32_t hooks)
{
	const struct settings settings = {
		.default_verdict = options->default_verdict, .mode = options->mode, .backstop = options->backstop};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	config->magic = LSMCTL_MAGIC;
	config->layout = LSMCTL_LAYOUT;
	for (__u32 slot = 0; slot < 2; slot++)
		settings_put(config, slot, &settings);
	config->attach = attach;
	config->hooks = hooks;
	config->max_rules = options->max_rules;
	config->max_names = options->max_names ? options->max_names : NAME_RULES;
	config->max_addresses = options->max_addresses ? options->max_addresses : RULED_ROOM;
	config->filter4_shift = 31;
	config->loaded_at = (__u64)now.tv_sec * 1000000000u + (__u64)now.tv_nsec;
	set_version(config);
}

/* "Attached" does not mean "called": programs attach to the hooks of an inactive module too. */
static int canary(struct config *config, struct error *err)
{
	config->canary = prove_secret();
	for (size_t i = 0; i < HOOKS; i++) {
		if (has_hook(config->hooks, i) && !hook_is_on_demand(i) && prove_called(config, i, err))
			return -1;
	}
	return 0;
}

/* Adds the first rules. The kernel enforces from the last store on. */
static int publish(const struct pins *pins, const struct load_options *options, struct error *err)
{
	struct ruleset *rs = ruleset_open(pins, RULESET_UNPUBLISHED, err);
	struct error why = {}, unlearned = {};
	struct policy_keeper keeper;
	int ret = -1;

	if (!rs)
		return -1;
	keeper_init(&keeper, pins, rs);
	/* Publish an empty ruleset too: the programs need a generation. */
	if (!ruleset_flush(rs, err))
		ret = options->fill ? options->fill(rs, options->arg, err) : 0;
	if (!ret)
		ret = run_programs_adopt(pins, ruleset_config(rs), err);
	if (!ret)
		ret = needed_settle(pins, rs, err) < 0 ? -1 : 0;
	if (!ret && answers_settle(pins, rs, &why) < 0)
		options->closed(&why);
	if (!ret && names_settle(pins, rs, &unlearned) < 0)
		options->unnamed(&unlearned);
	if (!ret)
		__atomic_store_n(&ruleset_config(rs)->state, STATE_ON, __ATOMIC_RELEASE);
	ruleset_close(rs);
	return ret;
}

/* Checks everything that it can before changing anything. */
static int check_load(const char *pin_dir, const struct load_options *options, enum attach *attach, uint32_t *hooks,
		      struct error *err)
{
	struct pins pins = PINS_CLOSED;
	struct error why = {};
	int ret = -1;

	if (pins_check_create(pin_dir, options->mount, err))
		return -1;
	if (!pins_open(&pins, pin_dir, PINS_SHARED, &why))
		ret = check_leftovers(&pins, err);
	else
		ret = why.code == ERR_NOT_LOADED ? 0 : error_set(err, why.code, "%s", why.text);
	pins_close(&pins);
	if (ret || kernel_check(err) || choose_attach(options, attach, err))
		return -1;
	return hooks_find(*attach == ATTACH_FMOD_RET, hooks, err);
}

int loader_load(const char *pin_dir, const struct load_options *options, bool check_only, uint32_t *hooks,
		struct error *err)
{
	struct object object = {};
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	struct config *config;
	char aside[PATH_MAX];
	enum attach attach;
	uid_t owner;
	int ret = -1;

	if (check_load(pin_dir, options, &attach, hooks, err))
		return -1;
	if (check_only)
		return 0;
	/*
	 * Open the object first, so that a process without the right to load it leaves no directory behind. Check the
	 * directory again, under the lock.
	 */
	if (object_open(&object, attach, *hooks, NULL, err) || pins_claim(pin_dir, aside, &owner, err))
		goto out;
	if (aside[0])
		options->aside(pin_dir, aside, owner);
	if (pins_create(&pins, pin_dir, options->mount, err) || check_leftovers(&pins, err) ||
	    pins_remove_all(&pins, err))
		goto out;
	config = &object_shared(&object)->config;
	fill_config(config, options, attach, *hooks);
	if (object_attach(&object, err) || canary(config, err))
		goto out;
	ret = object_pin(&object, &pins, err);
	if (!ret)
		ret = publish(&pins, options, err);
	if (ret)
		pins_remove_all(&pins, &ignored); /* report the first error */
	else if (options->mount && second_mount_is_for(pins.path))
		/*
		 * Mount last, so that a failed or killed load leaves no mount behind. Doctor reports a missing second
		 * mount.
		 */
		second_mount_make();
out:
	object_close(&object);
	pins_close(&pins);
	return ret;
}

int loader_try(const char *pin_dir, struct error *err)
{
	const struct load_options options = {.attach = ATTACH_LSM, .max_rules = LOADER_DEFAULT_RULES, .mount = true};
	struct object object = {};
	enum attach attach;
	uint32_t hooks;
	int ret = check_load(pin_dir, &options, &attach, &hooks, err);

	if (!ret)
		ret = object_open(&object, attach, hooks, NULL, err);
	if (!ret) {
		/* The state stays off: the programs refuse the trial calls, and nothing else. */
		fill_config(&object_shared(&object)->config, &options, attach, hooks);
		ret = object_attach(&object, err) || canary(&object_shared(&object)->config, err) ? -1 : 0;
	}
	object_close(&object); /* without pins the programs are gone with it */
	return ret;
}

/*
 * Every attached program must be replaced: none may keep its old version, and none may go away. Nor may those that are
 * attached on demand.
 */
static int check_attached(const struct config *config, uint32_t hooks, struct error *err)
{
	char function[HOOK_FUNCTION_SIZE];

	for (size_t i = 0; i < HOOKS; i++) {
		if (!has_hook(config->hooks, i) || has_hook(hooks, i))
			continue;
		hook_function(i, config->attach == ATTACH_FMOD_RET, function);
		return error_set(
			err, ERR_UNSUPPORTED,
			"the policy has %s, but the type information lacks %s now (is /sys/kernel/btf/vmlinux from this kernel?): nothing was changed",
			hook_name(i), function);
	}
	return 0;
}

int loader_upgrade(const struct pins *pins, bool check_only, uint32_t *hooks, struct error *err)
{
	struct ruleset *rs = ruleset_open(pins, RULESET_CONFIRM, err);
	struct object object = {};
	struct error ignored = {};
	struct config *config;
	int ret = -1;

	if (!rs)
		return -1;
	config = ruleset_config(rs);
	if (hooks_find(config->attach == ATTACH_FMOD_RET, hooks, err) || check_attached(config, *hooks, err) ||
	    object_open(&object, config->attach, *hooks, pins, err))
		goto out;
	if ((check_only && needed_renew(pins, rs, true, err)) || exe_renew(pins, rs, check_only, err))
		goto out;
	/* From here on the kernel asks both programs, and either can refuse. */
	if (!check_only && (object_attach(&object, err) || object_replace(&object, pins, err)))
		goto out;
	if (!check_only)
		config->hooks = *hooks;
	if (!check_only && needed_renew(pins, rs, false, err))
		goto out;
	if (!check_only && run_programs_renew(pins, config->attach, err))
		goto out;
	/* Where it cannot be attached now, nothing opens, and status says so. */
	if (!check_only && !answers_settle(pins, rs, &ignored) && answers_wanted(rs))
		answers_renew(pins, false, &ignored);
	if (!check_only && !names_settle(pins, rs, &ignored) && names_wanted(rs))
		names_renew(pins, rs, &ignored);
	if (!check_only) {
		if (second_mount_is_for(pins->path))
			second_mount_make();
		set_version(config);
	}
	ret = 0;
out:
	object_close(&object);
	ruleset_close(rs);
	return ret;
}

int loader_unload(const struct pins *pins, bool check_only, struct error *err)
{
	struct error why = {};
	struct ruleset *rs;
	int ret = pins_each(pins, find_any, NULL);

	if (ret < 0)
		return error_errno(err, -ret, "cannot read %s", pins->path);
	if (!ret)
		return error_set(err, ERR_NOT_LOADED, "not loaded (run 'lsmctl load')");
	if (check_only)
		return 0;
	/*
	 * The kernel detaches links a little after it removes their pins, so stop deciding first. This fails, and is
	 * not needed, for the pins of a killed load or of another layout.
	 */
	rs = ruleset_open(pins, RULESET_CONFIRM, &why);
	if (rs) {
		__atomic_store_n(&ruleset_config(rs)->state, STATE_OFF, __ATOMIC_RELEASE);
		ruleset_close(rs);
	}
	if (pins_remove_all(pins, err))
		return -1;
	if (second_mount_is_for(pins->path))
		second_mount_remove();
	return 0;
}
