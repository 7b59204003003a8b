// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "backstop.h"
#include "kernel.h"
#include "loader.h"
#include "object.h"
#include "prove.h"
#include "ruleset.h"
#include "second.h"

static const char *const attach_names[ATTACHES] = {
	[ATTACH_LSM] = "lsm",
	[ATTACH_FMOD_RET] = "fmod_ret",
};

const char *attach_name(enum attach attach)
{
	return attach < ATTACHES ? attach_names[attach] : "unknown";
}

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

/* A load finds an empty directory, or what a killed load left, which may go; anything else is in its way. */
static int check_leftovers(const struct pins *pins, struct error *err)
{
	struct error why = {};
	struct ruleset *rs = ruleset_open(pins, RULESET_READ, &why);
	char *foreign = NULL;
	int ret;

	if (rs) {
		ruleset_close(rs);
		return error_set(err, ERR_EXISTS,
				 "loaded already (--exist makes that a success; 'lsmctl status' tells more)");
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
	/* Programs would attach to a module that is not active, and never be called. */
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
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	config->magic = LSMCTL_MAGIC;
	config->layout = LSMCTL_LAYOUT;
	for (int slot = 0; slot < 2; slot++)
		config->settings[slot] = (struct settings){.default_verdict = options->default_verdict,
							   .mode = options->mode,
							   .backstop = options->backstop};
	config->attach = attach;
	config->hooks = hooks;
	config->max_rules = options->max_rules;
	config->filter_shift[0] = config->filter_shift[1] = 31;
	config->loaded_at = (__u64)now.tv_sec * 1000000000u + (__u64)now.tv_nsec;
	set_version(config);
}

/* "Attached" does not say "called": the hooks of a module that is not active attach too. */
static int canary(struct config *config, struct error *err)
{
	config->canary = prove_secret();
	for (size_t i = 0; i < HOOKS; i++) {
		const struct proven proven =
			has_hook(config->hooks, i) ? prove(config, i, false) : (struct proven){.proof = PROOF_HELD};

		if (proven.proof == PROOF_HELD || (proven.proof == PROOF_UNTRIED && i == HOOK_SCTP))
			continue;
		if (config->attach == ATTACH_LSM && kernel_bpf_lsm_active() != 1)
			return kernel_explain_no_lsm(err);
		if (proven.proof == PROOF_UNTRIED)
			return error_set(err, ERR_SYSTEM, "%s is attached and could not be tried: %s", hook_name(i),
					 proven.why);
		return error_set(
			err, ERR_SYSTEM,
			"%s is attached but did not see the call that was to try it: the kernel does not call it (is "
			"kernel.ftrace_enabled 0?), or "
			"another security module (or lsmctl with another --pin-dir) refused first",
			hook_name(i));
	}
	return 0;
}

/* Puts the first rules in, and from the last store on the kernel enforces. */
static int publish(const struct pins *pins, const struct load_options *options, struct error *err)
{
	struct ruleset *rs = ruleset_open(pins, RULESET_UNPUBLISHED, err);
	int ret = -1;

	if (!rs)
		return -1;
	/* Without rules too: the programs want a generation to look at. */
	if (!ruleset_put(rs, NULL, 0, false, NULL, NULL, false, err))
		ret = options->fill ? options->fill(rs, options->arg, err) : 0;
	if (!ret)
		ret = backstop_settle(pins, rs, err) < 0 ? -1 : 0;
	if (!ret)
		__atomic_store_n(&ruleset_config(rs)->state, STATE_ON, __ATOMIC_RELEASE);
	ruleset_close(rs);
	return ret;
}

/* What can be known before anything is changed. */
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
	/* The object first: who may not load it leaves no directory behind. Then look again, alone. */
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
		pins_remove_all(&pins, &ignored); /* the first error is the one to tell */
	else if (options->mount && second_is_for(pins.path))
		/* Last, so that a load that fails or is killed leaves no mount behind; doctor tells where there is
		 * none. */
		second_make();
out:
	object_close(&object);
	pins_close(&pins);
	return ret;
}

/* What is attached now is to be replaced, not left to what it was, nor taken away. */
static int check_attached(const struct config *config, uint32_t hooks, struct error *err)
{
	char function[HOOK_FUNCTION_SIZE];

	for (size_t i = 0; i < HOOKS; i++) {
		if (!has_hook(config->hooks, i) || has_hook(hooks, i))
			continue;
		hook_function(i, config->attach == ATTACH_FMOD_RET, function);
		return error_set(err, ERR_UNSUPPORTED,
				 "%s is attached, and the type information has no %s any more (is "
				 "/sys/kernel/btf/vmlinux this kernel's own?): nothing was changed",
				 hook_name(i), function);
	}
	return 0;
}

int loader_upgrade(const struct pins *pins, bool check_only, uint32_t *hooks, struct error *err)
{
	struct ruleset *rs = ruleset_open(pins, RULESET_CONFIRM, err);
	struct object object = {};
	struct config *config;
	int ret = -1;

	if (!rs)
		return -1;
	config = ruleset_config(rs);
	if (hooks_find(config->attach == ATTACH_FMOD_RET, hooks, err) || check_attached(config, *hooks, err) ||
	    object_open(&object, config->attach, *hooks, pins, err))
		goto out;
	if (check_only && backstop_wanted(rs) && backstop_renew(pins, true, err))
		goto out;
	/* From here both programs are asked, and each has to agree. */
	if (!check_only && (object_attach(&object, err) || object_replace(&object, pins, err)))
		goto out;
	if (!check_only &&
	    (backstop_wanted(rs) ? backstop_renew(pins, false, err) : backstop_settle(pins, rs, err)) < 0)
		goto out;
	if (!check_only) {
		if (second_is_for(pins->path))
			second_make();
		config->hooks = *hooks;
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
	 * The kernel takes links down a little after their pins: stop deciding first. Where the pins are a killed
	 * load's or of another layout this cannot be done, and need not be.
	 */
	rs = ruleset_open(pins, RULESET_CONFIRM, &why);
	if (rs) {
		__atomic_store_n(&ruleset_config(rs)->state, STATE_OFF, __ATOMIC_RELEASE);
		ruleset_close(rs);
	}
	if (pins_remove_all(pins, err))
		return -1;
	if (second_is_for(pins->path))
		second_remove();
	return 0;
}

static int program_of(int link_fd, struct program_info *info)
{
	struct bpf_link_info link = {};
	struct bpf_prog_info prog = {};
	__u32 len = sizeof(link);
	int fd, ret = 0;

	if (bpf_obj_get_info_by_fd(link_fd, &link, &len))
		return -errno;
	fd = bpf_prog_get_fd_by_id(link.prog_id);
	if (fd < 0)
		return -errno;
	len = sizeof(prog);
	if (bpf_obj_get_info_by_fd(fd, &prog, &len)) {
		ret = -errno;
	} else {
		info->prog_id = link.prog_id;
		info->link_id = link.id;
		if (link.type == BPF_LINK_TYPE_CGROUP)
			info->cgroup_id = link.cgroup.cgroup_id;
		info->recursion_misses = prog.recursion_misses;
		info->function = prog.attach_btf_id;
		memcpy(info->tag, prog.tag, sizeof(info->tag));
	}
	close(fd);
	return ret;
}

static int program_at(const struct pins *pins, size_t hook, struct program_info *program, struct error *err)
{
	int fd = pins_get_link(pins, hook_name(hook)), ret;

	*program = (struct program_info){.hook = hook_name(hook)};
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return error_errno(err, -fd, "cannot open %s/link_%s", pins->path, hook_name(hook));
	ret = program_of(fd, program);
	close(fd);
	return ret ? error_errno(err, -ret, "cannot ask the kernel about %s", hook_name(hook)) : 0;
}

int loader_programs(const struct pins *pins, uint32_t hooks, struct program_info programs[HOOKS], struct error *err)
{
	for (size_t i = 0; i < HOOKS; i++) {
		if (program_at(pins, i, &programs[i], err))
			return -1;
		programs[i].lacking = !programs[i].prog_id && !has_hook(hooks, i);
	}
	return 0;
}

int loader_backstop(const struct pins *pins, struct program_info *program, struct error *err)
{
	return program_at(pins, HOOK_EGRESS, program, err);
}
