// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "rule/exe.h"
#include "owners.h"

struct wanted {
	const struct owners *owners;
	pid_t pid;
};

static bool same_process(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;

	return wanted->owners->at[place].pid == wanted->pid;
}

static const struct owner *find(const struct owners *owners, pid_t pid)
{
	const struct wanted wanted = {owners, pid};
	int64_t place = hash_find(&owners->by_pid, hash_number((uint64_t)pid), same_process, &wanted);

	return place < 0 ? NULL : &owners->at[place];
}

static const struct owner *ask(struct owners *owners, pid_t pid, struct error *err)
{
	struct owner owner = {.pid = pid}, *at = array_with_room_for_one(owners->at, owners->n, sizeof(*at));
	char path[CGROUP_SIZE];

	if (!at)
		goto no_memory;
	owners->at = at;
	if (!process_gid(pid, &owner.gid))
		owner.gid = NO_GID;
	owner.exe = process_exe(pid, path, sizeof(path)) ? exe_id(path) : 0;
	process_name(pid, owner.name);
	if (hash_add(&owners->by_pid, hash_number((uint64_t)pid), (uint32_t)owners->n))
		goto no_memory;
	at[owners->n] = owner;
	return &at[owners->n++];
no_memory:
	error_errno(err, ENOMEM, "cannot list the processes");
	return NULL;
}

int owners_find(struct owners *owners, int prog, struct error *err)
{
	/* A process may have another group and another program by now. */
	free(owners->at);
	hash_free(&owners->by_pid);
	owners->at = NULL;
	owners->n = 0;
	return holders_find(&owners->holders, prog, err);
}

int owners_set(struct owners *owners, struct flow *flow, bool *known, struct error *err)
{
	uint32_t n;
	const struct holder *holder = flow->inode ? holders_of(&owners->holders, flow->inode, &n) : NULL;
	const struct owner *owner;

	*known = holder || !flow->inode;
	if (!holder)
		return 0;
	owner = find(owners, holder->pid);
	if (!owner)
		owner = ask(owners, holder->pid, err);
	if (!owner)
		return -1;
	flow->pid = owner->pid;
	flow->sharers = n - 1;
	flow->gid = owner->gid;
	flow->exe = owner->exe;
	return 0;
}

const char *owners_name(const struct owners *owners, const struct flow *flow)
{
	const struct owner *owner = flow->pid ? find(owners, flow->pid) : NULL;

	return owner ? owner->name : "";
}

void owners_free(struct owners *owners)
{
	holders_free(&owners->holders);
	free(owners->at);
	hash_free(&owners->by_pid);
}
