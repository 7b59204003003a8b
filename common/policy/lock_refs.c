// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/text.h"
#include "bpf/peek.h"
#include "host/hooks.h"
#include "host/map_holders.h"
#include "host/process.h"
#include "lock_object.h"
#include "object.h"
#include "lock_refs.h"
#include "object_maps.h"
#include "programs.h"
#include "run_programs.h"
#include "slot_map.h"

_Static_assert(PROGRAMS + RUN_PROGRAMS + ASKED + LOCK_PROGRAMS <= LOCK_PROGS,
	       "room for all programs, and the asked ones");

/* A lock that kept only a part of the policy would be none. */
static int not_listed(int errnum, const char *what, struct error *err)
{
	if (errnum == ENOSPC)
		return error_set(err, ERR_FULL, "cannot lock: a lock has no room for so many %s", what);
	return error_errno(err, errnum, "cannot list the %s", what);
}

static int add(struct lock_refs *refs, __u32 id, __u32 count)
{
	for (__u32 i = 0; i < refs->n; i++) {
		if (refs->maps[i].id != id)
			continue;
		refs->maps[i].refs += count; /* in both slots of an outer map */
		return 0;
	}
	if (refs->n == LOCK_MAPS)
		return -ENOSPC;
	refs->maps[refs->n].id = id;
	refs->maps[refs->n++].refs = count;
	return 0;
}

static int add_pinned(struct lock_refs *refs, const struct pins *pins, struct error *err)
{
	const char *name;

	for (size_t i = 0; (name = object_deciding_map(i)); i++) {
		int fd = pins_get_map(pins, name, true), ret = fd;
		__u32 id = 0;

		if (fd >= 0) {
			ret = slot_map_id(fd, &id);
			close(fd);
		}
		if (!ret)
			ret = add(refs, id, 1);
		if (ret == -ENOSPC)
			return not_listed(ENOSPC, "maps of the policy", err);
		if (ret)
			return error_errno(err, -ret, "cannot open %s/map_%s", pins->path, name);
	}
	return 0;
}

/* A command that was killed may have left the id of a map that is gone. */
static int add_if_there(struct lock_refs *refs, __u32 id)
{
	int fd = id ? bpf_map_get_fd_by_id(id) : -1;

	if (fd < 0)
		return !id || errno == ENOENT ? 0 : -errno;
	close(fd);
	return add(refs, id, 1);
}

/* The inner maps in both slots: the idle one is used again by the next change. */
static int add_inner(struct lock_refs *refs, const struct config *config)
{
	static const enum name_map by_name[] = {MAP_QUERIES, MAP_NAME_IDS, MAP_RULED};
	int ret = 0;

	for (int slot = 0; slot < 2; slot++) {
		for (int which = 0; which < 3 && !ret; which++)
			ret = add_if_there(refs, config->inner[slot][which]);
		if (!ret)
			ret = add_if_there(refs, config->bound[slot]);
	}
	/* While no rule is for a name, none of these decides. */
	for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]) && !ret && config->special.ruled; i++)
		ret = add_if_there(refs, config->names[by_name[i]]);
	return ret ? ret : add_if_there(refs, config->senders);
}

/* 0: there is none. */
static int add_prog(struct lock_refs *refs, __u32 id)
{
	if (id && refs->n_progs == LOCK_PROGS)
		return -ENOSPC;
	if (id)
		refs->progs[refs->n_progs++] = id;
	return 0;
}

static int add_attached(struct lock_refs *refs, const struct program_info *program)
{
	if (program->cgroup_id && refs->n_links == LOCK_LINKS)
		return -ENOSPC;
	if (program->cgroup_id)
		refs->links[refs->n_links++] = program->link_id;
	return add_prog(refs, program->prog_id);
}

/* The attached programs, and those that commands ask. */
static int add_programs(struct lock_refs *refs, const struct pins *pins, struct error *err)
{
	struct program_info of_runs[RUN_PROGRAMS];
	int ret = 0;

	for (size_t i = 0; i < PROGRAMS && !ret; i++) {
		struct program_info program;

		if (programs_read_one(pins, i, &program, err))
			return -1;
		ret = add_attached(refs, &program);
	}
	if (run_programs_read(pins, of_runs, err))
		return -1;
	for (size_t i = 0; i < RUN_PROGRAMS && !ret; i++)
		ret = add_attached(refs, &of_runs[i]);
	for (size_t i = 0; i < ASKED && !ret; i++) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);
		int fd = pins_get_prog(pins, asked_programs[i]);

		if (fd < 0)
			continue;
		ret = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : add_prog(refs, info.id);
		close(fd);
	}
	return ret ? not_listed(-ret, "programs of the policy", err) : 0;
}

int lock_refs_list(struct lock_refs *refs, const struct pins *pins, struct ruleset *rules, struct error *err)
{
	int ret;

	*refs = (struct lock_refs){};
	if (add_pinned(refs, pins, err) || add_programs(refs, pins, err))
		return -1;
	ret = add_inner(refs, ruleset_config(rules));
	return ret ? not_listed(-ret, "maps of the policy", err) : 0;
}

int lock_refs_add(struct lock_refs *refs, int map_fd, __u32 link, const __u32 *progs, size_t n, struct error *err)
{
	const struct program_info on_cgroup = {.link_id = link, .cgroup_id = link};
	__u32 id = 0;
	int ret = slot_map_id(map_fd, &id);

	if (!ret)
		ret = add(refs, id, 0);
	if (!ret)
		ret = add_attached(refs, &on_cgroup);
	for (size_t i = 0; i < n && !ret; i++)
		ret = add_prog(refs, progs[i]);
	return ret ? not_listed(-ret, "maps and programs beside its own", err) : 0;
}

static bool is_ours(const struct lock_refs *refs, __u32 prog)
{
	for (__u32 i = 0; i < refs->n_progs; i++) {
		if (refs->progs[i] == prog)
			return true;
	}
	return false;
}

#define MOST 64 /* maps of a program */

struct used {
	__u32 maps[MOST];
	struct bpf_prog_info info;
};

/* Reads which maps a program uses; none when it is gone. */
static int read_used(struct used *used, __u32 prog, struct error *err)
{
	__u32 len = sizeof(used->info);
	int fd = bpf_prog_get_fd_by_id(prog), ret;

	*used = (struct used){.info = {.map_ids = (__u64)(unsigned long)used->maps, .nr_map_ids = MOST}};
	if (fd < 0) {
		ret = errno;
		used->info.nr_map_ids = 0;
		return ret == ENOENT ? 0 : error_errno(err, ret, "cannot examine program %u", prog);
	}
	ret = bpf_obj_get_info_by_fd(fd, &used->info, &len) ? errno : 0;
	close(fd);
	if (used->info.nr_map_ids > MOST)
		used->info.nr_map_ids = MOST;
	return ret ? error_errno(err, ret, "cannot examine program %u", prog) : 0;
}

/* An upgrade leaves the old one to watchers, until they open the new one. */
static bool is_old_peek(const struct used *used)
{
	return !strcmp(used->info.name, PEEK_PROG);
}

static int is_used(__u32 prog, const struct used *used, struct error *err)
{
	pid_t pid = is_old_peek(used) ? program_holder(prog) : 0;
	char name[PROCESS_NAME_SIZE], *plain;

	if (pid) {
		process_name(pid, name);
		return error_set(
			err, ERR_SYSTEM,
			"cannot lock: process %d (%.64s) watches since before an upgrade, by a program of then: end it first",
			pid, name);
	}
	plain = text_escape(used->info.name);
	error_set(
		err, ERR_SYSTEM,
		"cannot lock: program %u (%s) uses a map of the policy, and is not lsmctl's ('bpftool prog show id %u')",
		prog, plain ? plain : "", prog);
	free(plain);
	return -1;
}

static int count_one(struct lock_refs *refs, __u32 prog, struct error *err)
{
	struct used used;

	if (read_used(&used, prog, err))
		return -1;
	for (__u32 i = 0; i < used.info.nr_map_ids; i++) {
		for (__u32 k = 0; k < refs->n; k++) {
			if (refs->maps[k].id != used.maps[i])
				continue;
			refs->maps[k].refs++;
			if (!is_ours(refs, prog))
				return is_used(prog, &used, err);
		}
	}
	return 0;
}

static bool has_map_of(const struct lock_refs *refs, const struct used *used)
{
	for (__u32 i = 0; i < used->info.nr_map_ids; i++) {
		for (__u32 k = 0; k < refs->n; k++) {
			if (refs->maps[k].id == used->maps[i])
				return true;
		}
	}
	return false;
}

bool lock_refs_has_old_peek(const struct lock_refs *refs)
{
	struct error ignored = {};
	struct used used;

	for (__u32 id = 0; !bpf_prog_get_next_id(id, &id);) {
		if (!is_ours(refs, id) && !read_used(&used, id, &ignored) && is_old_peek(&used) &&
		    has_map_of(refs, &used))
			return true;
	}
	return false;
}

int lock_refs_count(struct lock_refs *refs, struct error *err)
{
	for (__u32 id = 0; !bpf_prog_get_next_id(id, &id);) {
		if (count_one(refs, id, err))
			return -1;
	}
	return errno == ENOENT ? 0 : error_errno(err, errno, "cannot list the programs of the kernel");
}

int lock_refs_explain(const struct lock_refs *refs, __u32 index, struct error *err)
{
	__u32 id = index < refs->n ? refs->maps[index].id : 0;
	char name[PROCESS_NAME_SIZE];
	bool sure;
	pid_t pid = map_holder(id, &sure);

	if (!pid)
		return error_set(
			err, ERR_SYSTEM,
			"cannot lock: something has map %u of the policy that no process shows (another map, an iterator, or a message under way)",
			id);
	process_name(pid, name);
	return error_set(err, ERR_SYSTEM, "cannot lock: process %d (%.64s) has %s open: end it first", pid, name,
			 sure ? "a map of the policy" : "a BPF map in its memory, and may have the policy's");
}
