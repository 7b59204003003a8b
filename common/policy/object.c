// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "bpf/holder.h"
#include "bpf/peek.h"
#include "object.h"
#include "object_maps.h"
#include "lsmctl.skel.h"

/* True for the programs that load attaches. */
static bool is_for_load(const struct object *object, size_t i)
{
	return i < HOOKS ? has_hook(object->hooks, i) && !hook_is_on_demand(i) : i == HOOK_MKDIR || i == HOOK_RMDIR;
}

int object_load_failed(int errnum, const char *what, struct error *err)
{
	switch (errnum) {
	case EPERM:
		return error_set(
			err, ERR_PERMISSION,
			"the kernel does not let this process load the programs: it needs root, or CAP_BPF and CAP_PERFMON (a container or lockdown may withhold them)");
	case EACCES: /* the verifier returns this for most programs that it rejects */
	case EINVAL:
	case E2BIG:
		return error_set(err, ERR_SYSTEM, "the kernel refused %s (--debug shows why)", what);
	}
	return error_errno(err, errnum, "cannot load %s", what);
}

static int set_fmod_ret(struct bpf_program *prog, const char *function, struct error *err)
{
	int ret;

	bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
	bpf_program__set_expected_attach_type(prog, BPF_MODIFY_RETURN);
	ret = bpf_program__set_attach_target(prog, 0, function);
	return ret ? error_errno(err, -ret, "cannot attach to %s", function) : 0;
}

/* Sets the function that each program attaches to. Does not load programs whose hook this kernel lacks. */
static int set_targets(const struct object *object, enum attach attach, struct error *err)
{
	char function[HOOK_FUNCTION_SIZE];

	for (size_t i = 0; i < HOOKS; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(object->skeleton->obj, hook_name(i));

		hook_function(i, true, function);
		if (!has_hook(object->hooks, i))
			bpf_program__set_autoload(prog, false);
		else if (attach == ATTACH_FMOD_RET && set_fmod_ret(prog, function, err))
			return -1;
	}
	return 0;
}

static int reuse_maps(struct lsmctl_bpf *obj, const struct pins *pins, struct error *err)
{
	for (size_t i = 0; i < OBJECT_MAPS; i++) {
		int fd = pins_get_map(pins, object_map_name(i), false);
		int ret = fd < 0 ? fd : bpf_map__reuse_fd(object_map(obj, i), fd);

		if (fd >= 0)
			close(fd);
		if (ret)
			return error_errno(err, -ret, "cannot use %s/map_%s", pins->path, object_map_name(i));
	}
	return 0;
}

/* object_open_programs() loads the others when they are needed. */
static void set_on_demand(const struct object *object)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, object->skeleton->obj)
	{
		bool loads = false;

		for (size_t i = 0; i < PROGRAMS && !loads; i++)
			loads = is_for_load(object, i) && !strcmp(bpf_program__name(prog), hook_name(i));
		if (!loads)
			bpf_program__set_autoload(prog, false);
	}
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
	set_on_demand(object);
	ret = lsmctl_bpf__load(obj);
	/* libbpf finds out by a trial whether the kernel can map maps. It reads a lack of memory as "no". */
	if (!ret && !pins && !obj->bss)
		ret = -ENOMEM;
	return ret ? object_load_failed(-ret, "the programs", err) : 0;
}

const char *const asked_programs[ASKED] = {TEST_PROG, PEEK_PROG, TELL_PROG, HOLDERS_PROG};

static bool has_name(const char *const names[], const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

static int set_target(struct bpf_program *prog, enum attach attach, struct error *err)
{
	char function[HOOK_FUNCTION_SIZE];

	if (attach != ATTACH_FMOD_RET)
		return 0;
	snprintf(function, sizeof(function), "security_%s", strchr(bpf_program__section_name(prog), '/') + 1);
	return set_fmod_ret(prog, function, err);
}

int object_open_program(struct object *object, const char *name, const struct pins *pins, struct error *err)
{
	return object_open_programs(object, (const char *const[]){name, NULL}, pins, err);
}

/* names ends with NULL. attach: of the LSM programs among them. */
static int load_programs(struct object *object, const char *const names[], enum attach attach, const struct pins *pins,
			 struct error *err)
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
		bool wanted = has_name(names, bpf_program__name(prog));

		bpf_program__set_autoload(prog, wanted);
		if (wanted && bpf_program__type(prog) == BPF_PROG_TYPE_LSM && set_target(prog, attach, err))
			return -1;
	}
	obj->rodata->has_storage = attach == ATTACH_LSM;
	ret = lsmctl_bpf__load(obj);
	return ret ? object_load_failed(-ret, "the programs", err) : 0;
}

int object_open_programs(struct object *object, const char *const names[], const struct pins *pins, struct error *err)
{
	return load_programs(object, names, ATTACH_LSM, pins, err);
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

int object_attach_hook(struct object *object, enum hook hook, struct error *err)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object->skeleton->obj, hook_name(hook));

	object->links[hook] = bpf_program__attach_trace(prog);
	if (object->links[hook])
		return 0;
	if (errno == KERNEL_ENOTSUPP)
		return error_set(
			err, ERR_UNSUPPORTED,
			"this kernel cannot attach BPF programs to its functions on this architecture (arm64 needs 6.4 or later)");
	return error_errno(err, errno, "cannot attach to %s", hook_name(hook));
}

int object_attach(struct object *object, struct error *err)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (is_for_load(object, i) && object_attach_hook(object, i, err))
			return -1;
	}
	return 0;
}

int object_pin(struct object *object, const struct pins *pins, struct error *err)
{
	int ret;

	for (size_t i = 0; i < OBJECT_MAPS; i++) {
		ret = pins_put_map(pins, object_map_name(i), bpf_map__fd(object_map(object->skeleton, i)));
		if (ret)
			return error_errno(err, -ret, "cannot pin map_%s in %s", object_map_name(i), pins->path);
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
	/* The next who asks them loads this version's. */
	for (size_t i = 0; i < ASKED; i++) {
		int ret = pins_remove_prog(pins, asked_programs[i]);

		if (ret)
			return error_errno(err, -ret, "cannot remove prog_%s in %s", asked_programs[i], pins->path);
	}
	return object_replace_links(object, pins, err);
}

int object_replace_links(struct object *object, const struct pins *pins, struct error *err)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		int ret = object->links[i] ? pins_replace_link(pins, hook_name(i), bpf_link__fd(object->links[i])) : 0;

		if (ret)
			return error_errno(err, -ret, "cannot pin link_%s in %s", hook_name(i), pins->path);
	}
	return 0;
}

int object_iterate(struct object *object, const char *name, struct error *err)
{
	struct bpf_link *link =
		bpf_program__attach_iter(bpf_object__find_program_by_name(object->skeleton->obj, name), NULL);
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1, ret = fd < 0 ? errno : 0;
	char byte;

	while (!ret && read(fd, &byte, sizeof(byte)))
		ret = errno == EINTR || errno == EAGAIN ? 0 : errno; /* the program writes nothing: 0 is the end */
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return ret ? error_errno(err, ret, "cannot look at the running processes") : 0;
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

static int load_program(const char *name, const struct pins *pins, struct error *err)
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

int object_pinned_program(const char *name, const struct pins *pins, struct error *err)
{
	int fd = pins_get_prog(pins, name), put = 0;

	if (fd == -ENOENT) {
		fd = load_program(name, pins, err);
		if (fd < 0)
			return -1;
		put = pins_put_prog(pins, name, fd);
	}
	if (fd < 0)
		return error_errno(err, -fd, "cannot open %s/prog_%s", pins->path, name);
	/* Another process, which reads too, may have been quicker; and a service may see the pins read-only. */
	if (!put || put == -EEXIST || put == -EROFS)
		return fd;
	close(fd);
	return error_errno(err, -put, "cannot pin prog_%s in %s", name, pins->path);
}

int object_pin_asked(const struct pins *pins, struct error *err)
{
	struct object object = {};
	const char *missing[ASKED + 1] = {};
	int n = 0, ret = 0;

	for (size_t i = 0; i < ASKED; i++) {
		int fd = pins_get_prog(pins, asked_programs[i]);

		if (fd == -ENOENT)
			missing[n++] = asked_programs[i];
		else if (fd >= 0)
			close(fd);
		else
			return error_errno(err, -fd, "cannot open %s/prog_%s", pins->path, asked_programs[i]);
	}
	if (!n)
		return 0;
	ret = object_open_programs(&object, missing, pins, err);
	for (int i = 0; i < n && !ret; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(object.skeleton->obj, missing[i]);

		ret = pins_put_prog(pins, missing[i], bpf_program__fd(prog));
		if (ret)
			ret = error_errno(err, -ret, "cannot pin prog_%s in %s", missing[i], pins->path);
	}
	object_close(&object);
	return ret;
}

static int attach_named(struct bpf_program *prog, int cgroup_fd, const struct pins *pins, struct error *err)
{
	const char *name = bpf_program__name(prog);
	bool on_cgroup = bpf_program__type(prog) == BPF_PROG_TYPE_CGROUP_SKB;
	struct bpf_link *link =
		on_cgroup ? bpf_program__attach_cgroup(prog, cgroup_fd) : bpf_program__attach_trace(prog);
	int ret;

	if (!link)
		return error_errno(err, errno, "cannot attach to %s", name);
	ret = pins_replace_link(pins, name, bpf_link__fd(link));
	bpf_link__destroy(link); /* closes the fd; the pinned link stays attached */
	return ret ? error_errno(err, -ret, "cannot pin link_%s in %s", name, pins->path) : 0;
}

int object_attach_named(const char *const names[], enum attach attach, int cgroup_fd, const struct pins *pins,
			bool check_only, struct error *err)
{
	struct object object = {};
	int ret = load_programs(&object, names, attach, pins, err);

	for (; *names && !ret && !check_only; names++)
		ret = attach_named(bpf_object__find_program_by_name(object.skeleton->obj, *names), cgroup_fd, pins,
				   err);
	object_close(&object);
	return ret;
}
