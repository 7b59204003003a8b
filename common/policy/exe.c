// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/array.h"
#include "rule/exe.h"
#include "table/mapped.h"
#include "exe.h"
#include "object.h"
#include "programs.h"

#define ITERATOR "note_processes"

/* In this order: a file that is noted before a program forgets it stays noted for whatever has its address later. */
static const enum hook hooks[] = {HOOK_FILE_FREE, HOOK_PRCTL, HOOK_EXEC};
#define N_HOOKS (sizeof(hooks) / sizeof(hooks[0]))

/* All that a rule for a program needs, for object_open_programs(). */
struct program_names {
	const char *at[N_HOOKS + 2];
};

static struct program_names program_names(void)
{
	struct program_names names = {};

	for (size_t i = 0; i < N_HOOKS; i++)
		names.at[i] = hook_name(hooks[i]);
	names.at[N_HOOKS] = ITERATOR;
	return names;
}

/* The value of the last, empty name: whether the processes that run already were looked through for it. */
enum looked {
	LOOKED_NOT = 1,
	LOOKED,
};

/* All names of the paths in rules. */
struct names {
	struct exe_name *at;
	size_t n;
};

static int add_name(uint64_t from, const char *name, size_t len, uint64_t to, void *arg)
{
	struct names *names = arg;
	struct exe_name *at = array_with_room_for_one(names->at, names->n, sizeof(*at));

	(void)to;
	if (!at)
		return -ENOMEM;
	names->at = at;
	memset(&at[names->n], 0, sizeof(*at));
	at[names->n].from = from;
	memcpy(at[names->n++].name, name, len);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct exe_name));
}

static int list_names(struct names *names, const struct subject_source *subjects, uint32_t n)
{
	int ret = 0;

	for (uint32_t i = 0; i < n && !ret; i++) {
		uint64_t id;

		if (subjects[i].kind != SUBJECT_EXE)
			continue;
		ret = exe_each_name(subjects[i].path, add_name, names, &id);
		if (!ret)
			ret = add_name(id, "", 0, 0, names);
	}
	if (names->n)
		qsort(names->at, names->n, sizeof(*names->at), compare);
	return ret;
}

/* Adds the names that are not there. *fresh: some path was not looked for in the running processes. */
static int put_names(int map, const struct names *names, bool *fresh)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct exe_name *name = &names->at[i];
		size_t len = strnlen(name->name, NAME_SIZE);
		__u64 value = len ? exe_step(name->from, name->name, len) : LOOKED_NOT, there;

		if (!bpf_map_lookup_elem(map, name, &there)) {
			*fresh |= !len && there != LOOKED;
			continue;
		}
		*fresh |= !len;
		if (bpf_map_update_elem(map, name, &value, BPF_ANY))
			return -errno;
	}
	return 0;
}

static void note_looked(int map, const struct names *names)
{
	__u64 value = LOOKED;

	for (size_t i = 0; i < names->n; i++) {
		if (!names->at[i].name[0])
			bpf_map_update_elem(map, &names->at[i], &value, BPF_ANY);
	}
}

static void drop_others(int map, const struct names *names)
{
	struct exe_name key, next;
	bool more = !bpf_map_get_next_key(map, NULL, &next);

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(map, &key, &next);
		if (!names->n || !bsearch(&key, names->at, names->n, sizeof(key), compare))
			bpf_map_delete_elem(map, &key);
	}
}

static int forget_all(const struct pins *pins)
{
	int map = pins_get_map(pins, "exes", false);
	__u64 key;

	if (map < 0)
		return map;
	while (!bpf_map_get_next_key(map, NULL, &key))
		bpf_map_delete_elem(map, &key);
	close(map);
	return 0;
}

/* Returns how many of the hooks have their program. */
static size_t count_attached(const struct pins *pins)
{
	struct program_info program;
	struct error ignored = {};
	size_t n = 0;

	for (size_t i = 0; i < N_HOOKS; i++)
		n += !programs_read_one(pins, hooks[i], &program, &ignored) && program.prog_id;
	return n;
}

static int attach(struct object *object, const struct pins *pins, bool anew, struct error *err)
{
	for (size_t i = 0; i < N_HOOKS; i++) {
		int ret;

		if (object_attach_hook(object, hooks[i], err) || object_replace_links(object, pins, err))
			return -1;
		ret = anew && hooks[i] == HOOK_FILE_FREE ? forget_all(pins) : 0;
		if (ret)
			return error_errno(err, -ret, "cannot open %s/map_exes", pins->path);
	}
	return 0;
}

static int look_through(struct object *object, struct ruleset *rules, struct error *err)
{
	const size_t from = offsetof(struct shared, host_root),
		     end = offsetof(struct shared, exes_missed) + sizeof(__u64);
	const __u64 *words = mapped_at(ruleset_shared(rules), from, end - from), *host_root = words;
	const __u64 *exes_missed = words ? words + 1 : NULL;
	__u64 missed;

	_Static_assert(offsetof(struct shared, exes_missed) == offsetof(struct shared, host_root) + sizeof(__u64),
		       "one after the other");
	if (!words)
		return error_errno(err, ENOMEM, "cannot look at the running processes");
	missed = __atomic_load_n(exes_missed, __ATOMIC_RELAXED);
	if (object_iterate(object, ITERATOR, err))
		return -1;
	if (__atomic_load_n(exes_missed, __ATOMIC_RELAXED) != missed)
		return error_set(err, ERR_FULL, "more than %d processes run programs of rules: write rules for cgroups",
				 EXES);
	if (!__atomic_load_n(host_root, __ATOMIC_RELAXED))
		return error_set(
			err, ERR_SYSTEM,
			"rules are for programs, and this process cannot see process 1 of the host: run this command outside of containers");
	return 0;
}

/* Attaches what is missing, and looks through the running processes where a path is new. */
static int prepare(const struct pins *pins, struct ruleset *rules, bool fresh, struct error *err)
{
	const struct program_names names = program_names();
	bool all = count_attached(pins) == N_HOOKS;
	struct object object = {};
	int ret;

	if (all && !fresh)
		return 0;
	ret = object_open_programs(&object, all ? &names.at[N_HOOKS] : names.at, pins, err);
	if (!ret && !all)
		ret = attach(&object, pins, true, err);
	if (!ret)
		ret = look_through(&object, rules, err);
	object_close(&object);
	return ret;
}

int exe_want(const struct pins *pins, struct ruleset *rules, const struct rule_needs *needs, struct error *err)
{
	struct names names = {};
	bool fresh = false;
	int ret = list_names(&names, needs->subjects, needs->n_subjects), map = -1;

	if (!ret && (!names.n || !programs_judge_calls(pins)))
		goto out;
	if (!ret && ruleset_config(rules)->attach == ATTACH_FMOD_RET) {
		ret = error_set(
			err, ERR_UNSUPPORTED,
			"rules for programs need BPF LSM: boot with lsm=...,bpf (this policy is attached by fmod_ret)");
		goto out;
	}
	map = ret ? -1 : pins_get_map(pins, "exe_names", false);
	if (!ret)
		ret = map < 0 ? map : put_names(map, &names, &fresh);
	if (ret == -E2BIG)
		ret = error_set(err, ERR_FULL, "too many programs in rules: their paths have at most %d names together",
				EXE_NAMES);
	else if (ret)
		ret = error_errno(err, -ret, "cannot note the programs of rules");
	if (!ret)
		ret = prepare(pins, rules, fresh, err);
	if (!ret)
		note_looked(map, &names);
out:
	if (map >= 0)
		close(map);
	free(names.at);
	return ret;
}

/* Removes the pins, so that the kernel detaches the programs. What they have noted is of no use without them. */
static void leave(const struct pins *pins)
{
	for (size_t i = N_HOOKS; i-- > 0;)
		pins_remove_link(pins, hook_name(hooks[i]));
	forget_all(pins);
}

void exe_keep(const struct pins *pins, const struct rule_needs *needs)
{
	struct names names = {};
	int map = pins_get_map(pins, "exe_names", false);

	if (map >= 0 && !list_names(&names, needs->subjects, needs->n_subjects)) {
		drop_others(map, &names);
		if (!names.n && count_attached(pins))
			leave(pins);
	}
	if (map >= 0)
		close(map);
	free(names.at);
}

int exe_renew(const struct pins *pins, struct ruleset *rules, bool check_only, struct error *err)
{
	const struct program_names names = program_names();
	struct cgroup_tally tally = {};
	struct object object = {};
	int ret;

	ruleset_cgroups(rules, &tally);
	if (count_attached(pins) < N_HOOKS)
		return tally.exes && !check_only ? prepare(pins, rules, true, err) : 0;
	ret = object_open_programs(&object, names.at, pins, err);
	if (!ret && !check_only)
		ret = attach(&object, pins, false, err);
	object_close(&object);
	return ret;
}
