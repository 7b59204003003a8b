// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "foreign.h"
#include "lock_object.h"
#include "run_programs.h"

/* The links of our programs that are not among the PROGRAMS. Not every kernel tells which function a link is on. */
struct own {
	uint32_t ids[RUN_PROGRAMS + LOCK_PROGRAMS];
	size_t n;
};

static void list_own(struct own *own, const struct pins *pins)
{
	own->n = run_programs_links(pins, own->ids);
	/* Only then all of these pins are the lock's. */
	if (pins_locked(pins).on)
		own->n += lock_object_links(pins, own->ids + own->n);
}

static bool is_ours(const struct program_info programs[PROGRAMS], __u32 link_id)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		if (programs[i].link_id == link_id)
			return true;
	}
	return false;
}

static bool has(const uint32_t *ids, size_t n, __u32 id)
{
	for (size_t i = 0; i < n; i++) {
		if (ids[i] == id)
			return true;
	}
	return false;
}

/*
 * Returns the hook that a program with this attach type and function is on: FOREIGN_ANY when unknown, HOOKS + 1 when on
 * none. Compares the type ids of the functions to those of our own programs.
 */
static size_t hook_of(enum attach attach, const struct program_info programs[HOOKS], enum bpf_attach_type type,
		      const struct bpf_prog_info *prog)
{
	enum bpf_attach_type own = attach == ATTACH_LSM ? BPF_LSM_MAC : BPF_MODIFY_RETURN;

	if (type == BPF_LSM_MAC && own == BPF_MODIFY_RETURN)
		return HOOKS + 1; /* runs after ours: the kernel does not call it for a call that ours refuse */
	for (size_t i = 0; i < HOOKS; i++) {
		/* The same program, of an lsmctl with another pin directory. */
		if (!memcmp(programs[i].tag, prog->tag, sizeof(prog->tag)))
			return HOOKS + 1;
	}
	if (type != own || !prog->attach_btf_id)
		return FOREIGN_ANY;
	for (size_t i = 0; i < HOOKS; i++) {
		if (programs[i].function == prog->attach_btf_id)
			return i;
	}
	return HOOKS + 1;
}

/* A link or program that disappears meanwhile is no error: nothing is attached then. */
static int look_at(enum attach attach, const struct program_info programs[HOOKS], __u32 link_id,
		   struct foreign *foreign)
{
	struct bpf_link_info link = {};
	struct bpf_prog_info prog = {};
	__u32 len = sizeof(link);
	int fd = bpf_link_get_fd_by_id(link_id), ret = 0;
	size_t hook;

	if (fd < 0)
		return errno == ENOENT || errno == EAGAIN ? 0 : -errno;
	if (bpf_obj_get_info_by_fd(fd, &link, &len))
		ret = -errno;
	close(fd);
	if (ret || link.type != BPF_LINK_TYPE_TRACING ||
	    (link.tracing.attach_type != BPF_LSM_MAC && link.tracing.attach_type != BPF_MODIFY_RETURN))
		return ret;
	fd = bpf_prog_get_fd_by_id(link.prog_id);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	len = sizeof(prog);
	if (bpf_obj_get_info_by_fd(fd, &prog, &len))
		ret = -errno;
	close(fd);
	if (ret)
		return ret;
	hook = hook_of(attach, programs, link.tracing.attach_type, &prog);
	if (hook > HOOKS)
		return 0;
	*foreign = (struct foreign){.prog_id = prog.id, .hook = hook};
	snprintf(foreign->name, sizeof(foreign->name), "%.*s", BPF_OBJ_NAME_LEN, prog.name);
	return 1;
}

int foreign_find(const struct pins *pins, enum attach attach, const struct program_info programs[PROGRAMS],
		 struct foreign *found, size_t max, size_t *n, struct error *err)
{
	struct foreign foreign;
	struct own own;
	__u32 id = 0;
	int ret;

	list_own(&own, pins);
	for (*n = 0; !bpf_link_get_next_id(id, &id);) {
		ret = is_ours(programs, id) || has(own.ids, own.n, id) ? 0 : look_at(attach, programs, id, &foreign);
		if (ret < 0)
			return error_errno(err, -ret, "cannot read the kernel's state of link %u", id);
		if (ret && *n < max)
			found[*n] = foreign;
		*n += ret > 0;
	}
	return errno == ENOENT ? 0 : error_errno(err, errno, "cannot read the kernel's state of links");
}
