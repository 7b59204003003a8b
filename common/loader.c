// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "kernel.h"
#include "loader.h"
#include "ruleset.h"
#include "lsmctl.skel.h"

/* Each hook: the program's name, which is its pin's too, and where fmod_ret attaches it instead. */
static const struct {
	const char *name;
	const char *function;
} hooks[] = {
	{"socket_connect", "security_socket_connect"},
	{"socket_sendmsg", "security_socket_sendmsg"},
};
_Static_assert(sizeof(hooks) / sizeof(hooks[0]) == LOADER_HOOKS, "program_info has room for each hook");

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

static int load_failed(int errnum, struct error *err)
{
	switch (errnum) {
	case EPERM:
		return error_set(err, ERR_PERMISSION,
				 "the kernel does not let this process load the programs: it needs root, or CAP_BPF "
				 "and CAP_PERFMON "
				 "(a container or lockdown may withhold them)");
	case EACCES: /* what the verifier calls most of what it does not like */
	case EINVAL:
	case E2BIG:
		return error_set(err, ERR_SYSTEM, "the kernel refused the programs (--debug shows why)");
	}
	return error_errno(err, errnum, "cannot load the programs");
}

static int open_object(enum attach attach, struct lsmctl_bpf **object,
		       struct error *err)
{
	struct lsmctl_bpf *obj = lsmctl_bpf__open();
	struct bpf_program *prog;
	int ret;

	if (!obj)
		return error_errno(err, errno, "cannot open the built-in BPF object");
	for (size_t i = 0; attach == ATTACH_FMOD_RET && i < LOADER_HOOKS; i++) {
		prog = bpf_object__find_program_by_name(obj->obj, hooks[i].name);
		bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
		bpf_program__set_expected_attach_type(prog, BPF_MODIFY_RETURN);
		ret = bpf_program__set_attach_target(prog, 0, hooks[i].function);
		if (ret) {
			lsmctl_bpf__destroy(obj);
			return error_errno(err, -ret, "cannot attach to %s", hooks[i].function);
		}
	}
	ret = lsmctl_bpf__load(obj);
	if (ret) {
		lsmctl_bpf__destroy(obj);
		return load_failed(-ret, err);
	}
	*object = obj;
	return 0;
}

static void fill_config(struct config *config, const struct load_options *options, enum attach attach)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	config->magic = LSMCTL_MAGIC;
	config->layout = LSMCTL_LAYOUT;
	config->default_verdict = options->default_verdict;
	config->mode = options->mode;
	config->attach = attach;
	config->max_rules = options->max_rules;
	config->filter_shift[0] = config->filter_shift[1] = 31;
	config->loaded_at = (__u64)now.tv_sec * 1000000000u + (__u64)now.tv_nsec;
	snprintf(config->version, sizeof(config->version), "%s", LSMCTL_VERSION);
}

/* ENOTSUPP has no text in the C library: the kernel's word for an architecture without trampolines. */
#define KERNEL_ENOTSUPP 524

static int attach_all(struct lsmctl_bpf *obj, struct bpf_link *links[LOADER_HOOKS], struct error *err)
{
	for (size_t i = 0; i < LOADER_HOOKS; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(obj->obj, hooks[i].name);

		links[i] = bpf_program__attach_trace(prog);
		if (links[i])
			continue;
		if (errno == KERNEL_ENOTSUPP)
			return error_set(
				err, ERR_UNSUPPORTED,
				"this kernel cannot attach BPF programs to its functions on this architecture (arm64 "
				"needs 6.4 or later)");
		return error_errno(err, errno, "cannot attach to %s", hooks[i].name);
	}
	return 0;
}

/*
 * "Attached" does not say "called": the hooks of a module that is not active attach too. So ask for a destination that
 * nobody else asks for, on this host only, once through each hook, and want the programs' own answer.
 */
static int canary(struct config *config, struct error *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool called[LOADER_HOOKS];
	uint32_t nonce;

	if (fd < 0)
		return error_errno(err, errno, "cannot make a socket to try the hooks with");
	if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
		nonce = (uint32_t)getpid();
	address.sin_addr.s_addr = htonl(0x7f000000 | (nonce & 0xfffffe) | 1);
	address.sin_port = htons(9); /* discard */
	memcpy(&config->canary, &address, sizeof(config->canary));
	__atomic_store_n(&config->state, STATE_CANARY, __ATOMIC_RELEASE);
	called[0] = connect(fd, (struct sockaddr *)&address, sizeof(address)) && errno == CANARY_ERRNO;
	called[1] =
		sendto(fd, "", 0, MSG_DONTWAIT, (struct sockaddr *)&address, sizeof(address)) && errno == CANARY_ERRNO;
	__atomic_store_n(&config->state, STATE_OFF, __ATOMIC_RELEASE);
	close(fd);
	for (size_t i = 0; i < LOADER_HOOKS; i++) {
		if (called[i])
			continue;
		if (config->attach == ATTACH_LSM && kernel_bpf_lsm_active() != 1)
			return kernel_explain_no_lsm(err);
		return error_set(
			err, ERR_SYSTEM,
			"%s is attached but did not see the call to 127.0.0.0/8 that was to try it: the kernel does "
			"not call it, or another security module (or lsmctl with another --pin-dir) refused first",
			hooks[i].name);
	}
	return 0;
}

static int pin_all(const struct pins *pins, struct lsmctl_bpf *obj, struct bpf_link *const links[LOADER_HOOKS],
		   struct error *err)
{
	const struct {
		const char *name;
		struct bpf_map *map;
	} maps[] = {
		{"config", obj->maps.bss},	  {"arenas", obj->maps.arenas}, {"rules", obj->maps.rules},
		{"counters", obj->maps.counters}, {"totals", obj->maps.totals},
	};
	int ret;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		ret = pins_put_map(pins, maps[i].name, bpf_map__fd(maps[i].map));
		if (ret)
			return error_errno(err, -ret, "cannot pin map_%s in %s", maps[i].name, pins->path);
	}
	ret = pins_put_prog(pins, TEST_PROG, bpf_program__fd(obj->progs.test));
	if (ret)
		return error_errno(err, -ret, "cannot pin prog_" TEST_PROG " in %s", pins->path);
	for (size_t i = 0; i < LOADER_HOOKS; i++) {
		ret = pins_put_link(pins, hooks[i].name, bpf_link__fd(links[i]));
		if (ret)
			return error_errno(err, -ret, "cannot pin link_%s in %s", hooks[i].name, pins->path);
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
		__atomic_store_n(&ruleset_config(rs)->state, STATE_ON, __ATOMIC_RELEASE);
	ruleset_close(rs);
	return ret;
}

/* What can be known before anything is changed. */
static int check_load(const char *pin_dir, const struct load_options *options, enum attach *attach, struct error *err)
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
	return ret || kernel_check(err) || choose_attach(options, attach, err) ? -1 : 0;
}

int loader_load(const char *pin_dir, const struct load_options *options, bool check_only, struct error *err)
{
	struct bpf_link *links[LOADER_HOOKS] = {};
	struct lsmctl_bpf *obj = NULL;
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	enum attach attach;
	int ret = -1;

	if (check_load(pin_dir, options, &attach, err))
		return -1;
	if (check_only)
		return 0;
	/* The object first: who may not load it leaves no directory behind. Then look again, alone. */
	if (open_object(attach, &obj, err) || pins_create(&pins, pin_dir, options->mount, err) ||
	    check_leftovers(&pins, err) || pins_remove_all(&pins, err))
		goto out;
	fill_config(&obj->bss->shared.config, options, attach);
	if (attach_all(obj, links, err) || canary(&obj->bss->shared.config, err))
		goto out;
	ret = pin_all(&pins, obj, links, err);
	if (!ret)
		ret = publish(&pins, options, err);
	if (ret)
		pins_remove_all(&pins, &ignored); /* the first error is the one to tell */
out:
	for (size_t i = 0; i < LOADER_HOOKS; i++)
		bpf_link__destroy(links[i]); /* closes the fd; what is pinned stays attached */
	lsmctl_bpf__destroy(obj);
	pins_close(&pins);
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
	rs = ruleset_open(pins, RULESET_WRITE, &why);
	if (rs) {
		__atomic_store_n(&ruleset_config(rs)->state, STATE_OFF, __ATOMIC_RELEASE);
		ruleset_close(rs);
	}
	return pins_remove_all(pins, err);
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
		info->recursion_misses = prog.recursion_misses;
		memcpy(info->tag, prog.tag, sizeof(info->tag));
	}
	close(fd);
	return ret;
}

int loader_programs(const struct pins *pins, struct program_info programs[LOADER_HOOKS], struct error *err)
{
	for (size_t i = 0; i < LOADER_HOOKS; i++) {
		int fd = pins_get_link(pins, hooks[i].name);
		int ret;

		programs[i] = (struct program_info){.hook = hooks[i].name};
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return error_errno(err, -fd, "cannot open %s/link_%s", pins->path, hooks[i].name);
		ret = program_of(fd, &programs[i]);
		close(fd);
		if (ret)
			return error_errno(err, -ret, "cannot ask the kernel about %s", hooks[i].name);
	}
	return 0;
}
