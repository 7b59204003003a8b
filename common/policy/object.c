// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "object.h"
#include "lsmctl.skel.h"

struct named_map {
	const char *name;
	struct bpf_map *map;
};

#define MAPS 12

/* True for the programs that load attaches. */
static bool is_for_load(const struct object *object, size_t i)
{
	return i < HOOKS ? has_hook(object->hooks, i) : i == HOOK_MKDIR || i == HOOK_RMDIR;
}

static void list_maps(const struct lsmctl_bpf *obj, struct named_map maps[MAPS])
{
	const struct named_map list[MAPS] = {
		{"config", obj->maps.bss},	  {"arenas", obj->maps.arenas},	  {"rules", obj->maps.rules},
		{"counters", obj->maps.counters}, {"rings", obj->maps.rings},	  {"learned", obj->maps.learned},
		{"marks", obj->maps.marks},	  {"senders", obj->maps.senders}, {"cgroups", obj->maps.cgroups},
		{"queries", obj->maps.queries},	  {"named", obj->maps.named},	  {"names", obj->maps.names},
	};

	memcpy(maps, list, sizeof(list));
}

static int load_failed(int errnum, struct error *err)
{
	switch (errnum) {
	case EPERM:
		return error_set(
			err, ERR_PERMISSION,
			"the kernel does not let this process load the programs: it needs root, or CAP_BPF and CAP_PERFMON (a container or lockdown may withhold them)");
	case EACCES: /* the verifier returns this for most programs that it rejects */
	case EINVAL:
	case E2BIG:
		return error_set(err, ERR_SYSTEM, "the kernel refused the programs (--debug shows why)");
	}
	return error_errno(err, errnum, "cannot load the programs");
}

static int set_fmod_ret(struct bpf_program *prog, size_t hook, struct error *err)
{
	char function[HOOK_FUNCTION_SIZE];
	int ret;

	hook_function(hook, true, function);
	bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
	bpf_program__set_expected_attach_type(prog, BPF_MODIFY_RETURN);
	ret = bpf_program__set_attach_target(prog, 0, function);
	return ret ? error_errno(err, -ret, "cannot attach to %s", function) : 0;
}

/* Sets the function that each program attaches to. Does not load programs whose hook this kernel lacks. */
static int set_targets(const struct object *object, enum attach attach, struct error *err)
{
	for (size_t i = 0; i < HOOKS; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(object->skeleton->obj, hook_name(i));

		if (!has_hook(object->hooks, i))
			bpf_program__set_autoload(prog, false);
		else if (attach == ATTACH_FMOD_RET && set_fmod_ret(prog, i, err))
			return -1;
	}
	return 0;
}

static int reuse_maps(struct lsmctl_bpf *obj, const struct pins *pins, struct error *err)
{
	struct named_map maps[MAPS];

	list_maps(obj, maps);
	for (size_t i = 0; i < MAPS; i++) {
		int fd = pins_get_map(pins, maps[i].name, false);
		int ret = fd < 0 ? fd : bpf_map__reuse_fd(maps[i].map, fd);

		if (fd >= 0)
			close(fd);
		if (ret)
			return error_errno(err, -ret, "cannot use %s/map_%s", pins->path, maps[i].name);
	}
	return 0;
}

int object_open(struct object *object, enum attach attach, uint32_t hooks, const struct pins *pins, struct error *err)
{
	struct lsmctl_bpf *obj = object->skeleton = lsmctl_bpf__open();
	int ret;

	object->hooks = hooks;
	if (!obj)
		return error_errno(err, errno, "cannot open the built-in BPF object");
	if (set_targets(object, attach, err) || (pins && reuse_maps(obj, pins, err)))
		return -1;
	obj->rodata->has_storage = attach == ATTACH_LSM;
	bpf_program__set_autoload(obj->progs.egress, false); /* loaded on demand, by object_open_program() */
	bpf_program__set_autoload(obj->progs.ingress, false);
	bpf_program__set_autoload(obj->progs.names_query, false);
	bpf_program__set_autoload(obj->progs.names_learn, false);
	bpf_program__set_autoload(obj->progs.test, false);
	bpf_program__set_autoload(obj->progs.tell_cut, false);
	ret = lsmctl_bpf__load(obj);
	/* libbpf finds out by a trial whether the kernel can map maps. It reads a lack of memory as "no". */
	if (!ret && !pins && !obj->bss)
		ret = -ENOMEM;
	return ret ? load_failed(-ret, err) : 0;
}

int object_open_program(struct object *object, const char *name, const struct pins *pins, struct error *err)
{
	struct lsmctl_bpf *obj = object->skeleton = lsmctl_bpf__open();
	struct bpf_program *prog;
	int ret;

	if (!obj)
		return error_errno(err, errno, "cannot open the built-in BPF object");
	if (reuse_maps(obj, pins, err))
		return -1;
	bpf_object__for_each_program(prog, obj->obj)
	{
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	}
	ret = lsmctl_bpf__load(obj);
	return ret ? load_failed(-ret, err) : 0;
}

void object_close(struct object *object)
{
	for (size_t i = 0; i < PROGRAMS; i++)
		bpf_link__destroy(object->links[i]); /* closes the fd; a pinned link stays attached */
	bpf_link__destroy(object->on_cgroup);
	lsmctl_bpf__destroy(object->skeleton);
}

struct shared *object_shared(struct object *object)
{
	return (struct shared *)&object->skeleton->bss->shared;
}

/* The C library has no text for ENOTSUPP, which the kernel returns on an architecture without trampolines. */
#define KERNEL_ENOTSUPP 524

int object_attach(struct object *object, struct error *err)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(object->skeleton->obj, hook_name(i));

		if (!is_for_load(object, i))
			continue;
		object->links[i] = bpf_program__attach_trace(prog);
		if (object->links[i])
			continue;
		if (errno == KERNEL_ENOTSUPP)
			return error_set(
				err, ERR_UNSUPPORTED,
				"this kernel cannot attach BPF programs to its functions on this architecture (arm64 needs 6.4 or later)");
		return error_errno(err, errno, "cannot attach to %s", hook_name(i));
	}
	return 0;
}

int object_pin(struct object *object, const struct pins *pins, struct error *err)
{
	struct named_map maps[MAPS];
	int ret;

	list_maps(object->skeleton, maps);
	for (size_t i = 0; i < MAPS; i++) {
		ret = pins_put_map(pins, maps[i].name, bpf_map__fd(maps[i].map));
		if (ret)
			return error_errno(err, -ret, "cannot pin map_%s in %s", maps[i].name, pins->path);
	}
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (!object->links[i])
			continue;
		ret = pins_put_link(pins, hook_name(i), bpf_link__fd(object->links[i]));
		if (ret)
			return error_errno(err, -ret, "cannot pin link_%s in %s", hook_name(i), pins->path);
	}
	return 0;
}

int object_replace(struct object *object, const struct pins *pins, struct error *err)
{
	int test = pins_remove_prog(pins, TEST_PROG); /* the next question loads this version's */

	if (test)
		return error_errno(err, -test, "cannot remove prog_" TEST_PROG " in %s", pins->path);
	for (size_t i = 0; i < PROGRAMS; i++) {
		int ret = object->links[i] ? pins_replace_link(pins, hook_name(i), bpf_link__fd(object->links[i])) : 0;

		if (ret)
			return error_errno(err, -ret, "cannot pin link_%s in %s", hook_name(i), pins->path);
	}
	return 0;
}

int object_attach_on_cgroup(struct object *object, enum hook hook, int cgroup_fd, struct error *err)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object->skeleton->obj, hook_name(hook));

	object->on_cgroup = bpf_program__attach_cgroup(prog, cgroup_fd);
	return object->on_cgroup ? 0 : error_errno(err, errno, "cannot attach to the root cgroup");
}

int object_replace_on_cgroup(struct object *object, enum hook hook, const struct pins *pins, struct error *err)
{
	int ret = pins_replace_link(pins, hook_name(hook), bpf_link__fd(object->on_cgroup));

	return ret ? error_errno(err, -ret, "cannot pin link_%s in %s", hook_name(hook), pins->path) : 0;
}

int object_program_fd(const char *name, const struct pins *pins, struct error *err)
{
	struct object object = {};
	int fd = -1;

	if (!object_open_program(&object, name, pins, err)) {
		fd = dup(bpf_program__fd(bpf_object__find_program_by_name(object.skeleton->obj, name)));
		if (fd < 0)
			error_errno(err, errno, "cannot keep the program %s", name);
	}
	object_close(&object);
	return fd;
}
