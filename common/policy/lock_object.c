// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "host/cgroup.h"
#include "lock_object.h"
#include "object.h"
#include "lock.skel.h"

/* Attached to nothing, and pinned as a program. */
static bool is_state(const struct bpf_program *prog)
{
	return !strcmp(bpf_program__name(prog), LOCK_STATE_PROG);
}

int lock_object_open(struct lock_object *object, struct lock **lock, struct error *err)
{
	struct lock_bpf *obj = object->skeleton = lock_bpf__open();
	int cgroup, ret = obj ? lock_bpf__load(obj) : -errno;
	struct bpf_program *prog;
	size_t n = 0;

	if (ret == -ESRCH)
		ret = -EINVAL; /* a hook that this kernel lacks is refused as well */
	if (ret || !obj->bss)
		return object_load_failed(ret ? -ret : ENOMEM, "the programs of the lock", err);
	cgroup = cgroup_open_root("locks", err);
	if (cgroup < 0)
		return -1;
	bpf_object__for_each_program(prog, obj->obj)
	{
		if (is_state(prog) || ret)
			continue;
		object->links[n] = prog == obj->progs.lock_sysctl ? bpf_program__attach_cgroup(prog, cgroup)
								  : bpf_program__attach(prog);
		if (!object->links[n++])
			ret = error_errno(err, errno, "cannot attach %s", bpf_program__name(prog));
	}
	close(cgroup);
	*lock = &obj->bss->lock;
	return ret;
}

int lock_object_pin(struct lock_object *object, const struct pins *pins, struct error *err)
{
	struct bpf_program *prog;
	size_t n = 0;

	bpf_object__for_each_program(prog, object->skeleton->obj)
	{
		const char *name = bpf_program__name(prog);
		int ret = is_state(prog) ? pins_put_prog(pins, name, bpf_program__fd(prog))
					 : pins_put_link(pins, name, bpf_link__fd(object->links[n++]));

		if (ret)
			return error_errno(err, -ret, "cannot pin %s in %s", name, pins->path);
	}
	return 0;
}

void lock_object_close(struct lock_object *object)
{
	for (size_t i = 0; i < LOCK_PROGRAMS; i++)
		bpf_link__destroy(object->links[i]);
	lock_bpf__destroy(object->skeleton);
	*object = (struct lock_object){};
}

int lock_object_map(const struct lock_object *object)
{
	return bpf_map__fd(object->skeleton->maps.bss);
}

static __u32 program_id(int fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

size_t lock_object_programs(const struct lock_object *object, __u32 ids[LOCK_PROGRAMS])
{
	struct bpf_program *prog;
	size_t n = 0;

	bpf_object__for_each_program(prog, object->skeleton->obj)
	{
		ids[n++] = program_id(bpf_program__fd(prog));
	}
	return n;
}

__u32 lock_object_cgroup_link(const struct lock_object *object)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	for (size_t i = 0; i < LOCK_PROGRAMS && object->links[i]; i++) {
		if (!bpf_obj_get_info_by_fd(bpf_link__fd(object->links[i]), &info, &len) &&
		    info.type == BPF_LINK_TYPE_CGROUP)
			return info.id;
	}
	return 0;
}

static bool is_link(const char *pin)
{
	return !strncmp(pin, "link_lock_", strlen("link_lock_"));
}

struct links {
	const struct pins *pins;
	uint32_t *ids;
	size_t n;
};

static int list(const char *name, void *arg)
{
	struct links *links = arg;
	int fd = is_link(name) && links->n < LOCK_PROGRAMS ? pins_get_link(links->pins, name + strlen("link_")) : -1;
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	if (fd < 0)
		return 0;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		links->ids[links->n++] = info.id;
	close(fd);
	return 0;
}

size_t lock_object_links(const struct pins *pins, uint32_t ids[LOCK_PROGRAMS])
{
	struct links links = {pins, ids, 0};

	pins_each(pins, list, &links);
	return links.n;
}

static int unpin(const char *name, void *arg)
{
	return is_link(name) ? pins_remove_link(arg, name + strlen("link_")) : 0;
}

int lock_object_unpin(const struct pins *pins)
{
	int ret = pins_each(pins, unpin, (void *)pins);

	return ret ? ret : pins_remove_prog(pins, LOCK_STATE_PROG);
}

int lock_ask(const struct lock_question *question)
{
	return syscall(SYS_bpf, LOCK_COMMAND, question, sizeof(*question)) ? errno : EINVAL;
}
