// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "../bpf/ip.h"
#include "ruleset.h"

struct mapping {
	void *at;
	size_t size;
};

struct ruleset {
	struct mapping config_map, rules_map, counters_map;
	struct config *config;
	struct rule *rules;
	struct counter *counters;
	int trie, comments, totals;
};

/* One aligned word that the programs may be reading. */
static void store(__u32 *word, __u32 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* The fd is one for writing all the same: the kernel maps no read-only BPF fd (bpf_map_mmap() wants VM_SHARED). */
static int map_pin(struct mapping *map, const struct pins *pins, const char *name, size_t value_size, bool write)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = pins_get_map(pins, name, false);
	int ret = 0;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		ret = -errno;
	} else if (info.value_size < value_size) {
		ret = -EPROTO;
	} else {
		map->size = (size_t)info.max_entries * ((info.value_size + 7u) & ~7u);
		map->at = mmap(NULL, map->size, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
		if (map->at == MAP_FAILED) {
			map->at = NULL;
			ret = -errno;
		}
	}
	close(fd);
	return ret;
}

static int open_failed(int errnum, const char *name, const struct pins *pins, struct error *err)
{
	if (errnum == ENOENT)
		return error_set(err, ERR_LAYOUT, "%s lacks map_%s: run 'lsmctl unload', then 'lsmctl load'",
				 pins->path, name);
	if (errnum == EPROTO)
		return error_set(err, ERR_LAYOUT,
				 "%s/map_%s is not a map of lsmctl: remove it, or use another --pin-dir", pins->path,
				 name);
	return error_errno(err, errnum, "cannot open %s/map_%s", pins->path, name);
}

static int find_link(const char *name, void *arg)
{
	(void)arg;
	return pins_is_link(name);
}

/* The first two words are the same in every layout: see abi.h. */
static int open_config(struct ruleset *rs, const struct pins *pins, enum ruleset_access access, struct error *err)
{
	int ret = map_pin(&rs->config_map, pins, "config", 2 * sizeof(__u32), access != RULESET_READ);

	/* A load that was cut short has no links without this: somebody took it away, and the programs decide still. */
	if (ret == -ENOENT && pins_each(pins, find_link, NULL) <= 0)
		return error_set(err, ERR_NOT_LOADED, "not loaded (run 'lsmctl load')");
	if (ret)
		return open_failed(-ret, "config", pins, err);
	rs->config = rs->config_map.at;
	if (rs->config->magic != LSMCTL_MAGIC && rs->config->magic != 0)
		return open_failed(EPROTO, "config", pins, err);
	if (rs->config->magic != 0 && rs->config->layout != LSMCTL_LAYOUT)
		return error_set(err, ERR_LAYOUT,
				 "loaded by another version of lsmctl (its layout is %u, this one knows %u): use that "
				 "version, or "
				 "run 'lsmctl unload' and 'lsmctl load'",
				 rs->config->layout, LSMCTL_LAYOUT);
	if (rs->config_map.size < sizeof(struct config))
		return open_failed(EPROTO, "config", pins, err);
	if (access != RULESET_UNPUBLISHED && rs->config->state != STATE_ON)
		return error_set(err, ERR_NOT_LOADED, "not loaded: a load was cut short (run 'lsmctl load')");
	return 0;
}

/* Finds the slot of just this prefix: 0, -ENOENT or -errno. A lookup finds the longest prefix within the key's length.
 */
static int slot_of(const struct ruleset *rs, const union ip *ip, __u8 len, __u32 *slot)
{
	struct trie_key key = {.len = len, .ip = *ip};
	__u32 found;

	if (bpf_map_lookup_elem(rs->trie, &key, &found))
		return -errno;
	if (found >= rs->config->max_rules || rs->rules[found].len != len ||
	    memcmp(&rs->rules[found].ip, ip, sizeof(*ip)))
		return -ENOENT;
	*slot = found;
	return 0;
}

/* Makes the trie what the array says of one slot. */
static int sync_slot(const struct ruleset *rs, __u32 slot)
{
	const struct rule *rule = &rs->rules[slot];
	struct trie_key key = {.len = rule->len, .ip = rule->ip};
	__u32 found = NO_SLOT;
	int ret = slot_of(rs, &rule->ip, rule->len, &found);

	if (ret && ret != -ENOENT)
		return ret;
	/* Not what is there already: kernels up to 6.12 refuse that when the trie is full. */
	if (rule->id && found != slot)
		return bpf_map_update_elem(rs->trie, &key, &slot, BPF_ANY) ? -errno : 0;
	if (!rule->id && found == slot)
		return bpf_map_delete_elem(rs->trie, &key) ? -errno : 0;
	return 0;
}

/* Ends what a writer began that was killed, or ran out of memory. */
static int mend(struct ruleset *rs)
{
	__u32 pending = rs->config->pending;
	int ret = 0;

	for (__u32 slot = 0; slot < rs->config->max_rules && !ret; slot++) {
		/* A slot that was never used has no action. */
		if (rs->rules[slot].action && (pending == slot + 1 || pending == PENDING_ALL))
			ret = sync_slot(rs, slot);
	}
	if (!ret)
		store(&rs->config->pending, 0);
	return ret;
}

struct ruleset *ruleset_open(const struct pins *pins, enum ruleset_access access, struct error *err)
{
	bool write = access != RULESET_READ;
	struct ruleset *rs = calloc(1, sizeof(*rs));
	const struct {
		const char *name;
		int *fd;
	} fds[] = {{"trie", rs ? &rs->trie : NULL},
		   {"comments", rs ? &rs->comments : NULL},
		   {"totals", rs ? &rs->totals : NULL}};
	const char *name;
	int ret;

	if (!rs) {
		error_errno(err, ENOMEM, "cannot open the rules");
		return NULL;
	}
	rs->trie = rs->comments = rs->totals = -1;
	if (open_config(rs, pins, access, err))
		goto fail;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		*fds[i].fd = pins_get_map(pins, fds[i].name, !write);
		if (*fds[i].fd < 0) {
			open_failed(-*fds[i].fd, fds[i].name, pins, err);
			goto fail;
		}
	}
	ret = map_pin(&rs->rules_map, pins, name = "rules", sizeof(struct rule), write);
	if (!ret)
		ret = map_pin(&rs->counters_map, pins, name = "counters", sizeof(struct counter), write);
	if (ret) {
		open_failed(-ret, name, pins, err);
		goto fail;
	}
	rs->rules = rs->rules_map.at;
	rs->counters = rs->counters_map.at;
	if (rs->rules_map.size / sizeof(struct rule) < rs->config->max_rules ||
	    rs->counters_map.size / sizeof(struct counter) < rs->config->max_rules) {
		open_failed(EPROTO, "config", pins, err);
		goto fail;
	}
	ret = write && rs->config->pending ? mend(rs) : 0;
	if (ret) {
		error_errno(err, -ret, "cannot finish the change that another lsmctl began");
		goto fail;
	}
	return rs;
fail:
	ruleset_close(rs);
	return NULL;
}

void ruleset_close(struct ruleset *rs)
{
	const int fds[] = {rs->trie, rs->comments, rs->totals};
	const struct mapping maps[] = {rs->config_map, rs->rules_map, rs->counters_map};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		if (maps[i].at)
			munmap(maps[i].at, maps[i].size);
	}
	free(rs);
}

bool ruleset_is_pending(const struct ruleset *rs)
{
	return rs->config->pending != 0;
}

struct config *ruleset_config(struct ruleset *rs)
{
	return rs->config;
}

uint32_t ruleset_count(const struct ruleset *rs)
{
	uint32_t n = 0;

	for (uint32_t slot = 0; slot < rs->config->max_rules; slot++)
		n += rs->rules[slot].id != 0;
	return n;
}

static void info_of(const struct ruleset *rs, __u32 slot, struct rule_info *info)
{
	const struct rule *rule = &rs->rules[slot];
	enum verdict verdict = action_verdict(rule->action);
	int error = action_errno(rule->action);

	/* What lsmctl has not put there is shown as what the programs take it for, a block. */
	*info = (struct rule_info){
		.spec = {.prefix = {.ip = rule->ip, .len = rule->len},
			 .verdict = verdict < VERDICTS ? verdict : VERDICT_BLOCK,
			 .error = rule_errno_name(error) ? error : EPERM},
		.id = rule->id,
		.hits = __atomic_load_n(&rs->counters[slot].hits, __ATOMIC_RELAXED),
		.last_hit = __atomic_load_n(&rs->counters[slot].last_hit, __ATOMIC_RELAXED),
	};
	if (rule->has_comment && bpf_map_lookup_elem(rs->comments, &slot, info->spec.comment))
		info->spec.comment[0] = '\0';
	info->spec.comment[COMMENT_SIZE - 1] = '\0';
}

static int by_prefix(const void *a, const void *b)
{
	const struct rule_info *left = a, *right = b;

	return prefix_compare(&left->spec.prefix, &right->spec.prefix);
}

int ruleset_list(const struct ruleset *rs, struct rule_info **rules, size_t *n, struct error *err)
{
	size_t count = ruleset_count(rs);
	struct rule_info *list = calloc(count + 1, sizeof(*list));
	size_t i = 0;

	if (!list)
		return error_errno(err, ENOMEM, "cannot list the rules");
	for (__u32 slot = 0; slot < rs->config->max_rules; slot++) {
		if (rs->rules[slot].id)
			info_of(rs, slot, &list[i++]);
	}
	qsort(list, count, sizeof(*list), by_prefix);
	*rules = list;
	*n = count;
	return 0;
}

bool ruleset_find(const struct ruleset *rs, const struct prefix *prefix, struct rule_info *rule)
{
	__u32 slot = NO_SLOT;

	if (slot_of(rs, &prefix->ip, prefix->len, &slot))
		return false;
	info_of(rs, slot, rule);
	return true;
}

static __u32 slot_of_id(const struct ruleset *rs, __u32 id)
{
	for (__u32 slot = 0; id && slot < rs->config->max_rules; slot++) {
		if (rs->rules[slot].id == id)
			return slot;
	}
	return NO_SLOT;
}

bool ruleset_find_id(const struct ruleset *rs, uint32_t id, struct rule_info *rule)
{
	__u32 slot = slot_of_id(rs, id);

	if (slot == NO_SLOT)
		return false;
	info_of(rs, slot, rule);
	return true;
}

/* Starts where the newest rule went, so that a slot that a program may still hold is used again as late as can be. */
static __u32 free_slot(const struct ruleset *rs)
{
	__u32 max = rs->config->max_rules;

	for (__u32 i = 0; i < max; i++) {
		__u32 slot = (rs->config->last_id + i) % max;

		if (!rs->rules[slot].id)
			return slot;
	}
	return NO_SLOT;
}

static int put_comment(struct ruleset *rs, __u32 slot, const char *comment)
{
	if (comment[0]) {
		if (bpf_map_update_elem(rs->comments, &slot, comment, BPF_ANY))
			return -errno;
		rs->rules[slot].has_comment = 1;
	} else if (rs->rules[slot].has_comment) {
		rs->rules[slot].has_comment = 0;
		bpf_map_delete_elem(rs->comments, &slot); /* nothing points there any more, whether this fails or not */
	}
	return 0;
}

static int add(struct ruleset *rs, const struct rule_spec *spec)
{
	__u32 slot = free_slot(rs);
	struct rule *rule;
	int ret;

	if (slot == NO_SLOT)
		return -ENOSPC;
	rule = &rs->rules[slot];
	*rule = (struct rule){
		.ip = spec->prefix.ip,
		.len = spec->prefix.len,
		.action = action_make(spec->verdict, spec->error),
	};
	rs->counters[slot] = (struct counter){};
	ret = put_comment(rs, slot, spec->comment);
	if (ret)
		return ret;
	store(&rs->config->pending, slot + 1);
	store(&rs->config->last_id, rs->config->last_id + 1);
	store(&rule->id, rs->config->last_id);
	ret = sync_slot(rs, slot);
	if (ret)
		store(&rule->id, 0);
	store(&rs->config->pending, 0);
	return ret;
}

static int edit_slot(struct ruleset *rs, __u32 slot, const struct rule_spec *spec)
{
	int ret = put_comment(rs, slot, spec->comment);

	if (!ret)
		store(&rs->rules[slot].action, action_make(spec->verdict, spec->error));
	return ret;
}

static int edit(struct ruleset *rs, const struct rule_spec *spec)
{
	__u32 slot = NO_SLOT;
	int ret = slot_of(rs, &spec->prefix.ip, spec->prefix.len, &slot);

	return ret ? ret : edit_slot(rs, slot, spec);
}

int ruleset_remove(struct ruleset *rs, const struct prefix *prefix, struct error *err)
{
	__u32 slot = NO_SLOT, id;
	int ret = slot_of(rs, &prefix->ip, prefix->len, &slot);

	if (ret)
		return error_errno(err, -ret, "cannot find the rule");
	id = rs->rules[slot].id;
	store(&rs->config->pending, slot + 1);
	store(&rs->rules[slot].id, 0);
	ret = sync_slot(rs, slot);
	if (ret)
		store(&rs->rules[slot].id, id);
	else
		put_comment(rs, slot, "");
	store(&rs->config->pending, 0);
	return ret ? error_errno(err, -ret, "cannot remove the rule") : 0;
}

static int put_failed(struct ruleset *rs, int errnum, size_t wanted, struct error *err)
{
	uint32_t count = ruleset_count(rs);

	if (errnum != ENOSPC)
		return error_errno(err, errnum, "cannot add the rule");
	return error_set(err, ERR_FULL,
			 "no room: %u of %u rules are used and %zu more are wanted (more room: 'lsmctl unload', then "
			 "'lsmctl load "
			 "--max-rules N')",
			 count, rs->config->max_rules, wanted);
}

/*
 * Takes back the first n changes: in the array, which cannot fail, and then in the trie, as far as the kernel has
 * memory for it; what is left over is for whoever opens the rules next.
 */
static void undo(struct ruleset *rs, const enum ruleset_change *changes, const struct rule_info *old, size_t n,
		 __u32 last_id)
{
	for (size_t i = 0; i < n; i++) {
		if (changes[i] == CHANGE_EDIT)
			edit_slot(rs, slot_of_id(rs, old[i].id), &old[i].spec);
	}
	if (rs->config->last_id == last_id)
		return;
	store(&rs->config->pending, PENDING_ALL);
	for (__u32 slot = 0; slot < rs->config->max_rules; slot++) {
		if (rs->rules[slot].id > last_id)
			store(&rs->rules[slot].id, 0);
	}
	mend(rs);
}

int ruleset_put(struct ruleset *rs, const struct rule_spec *specs, size_t n, enum ruleset_change *changes,
		struct rule_info *old, bool dry_run, struct error *err)
{
	__u32 last_id = rs->config->last_id, slot = NO_SLOT;
	size_t new = 0, done;
	int ret = 0;

	for (size_t i = 0; i < n; i++) {
		ret = slot_of(rs, &specs[i].prefix.ip, specs[i].prefix.len, &slot);
		if (ret == -ENOENT) {
			changes[i] = CHANGE_ADD;
			new ++;
		} else if (ret) {
			return put_failed(rs, -ret, new, err);
		} else {
			info_of(rs, slot, &old[i]);
			changes[i] = rule_same(&specs[i], &old[i].spec) ? CHANGE_NONE : CHANGE_EDIT;
		}
	}
	if (new > rs->config->max_rules - ruleset_count(rs))
		return put_failed(rs, ENOSPC, new, err);
	if (dry_run)
		return 0;
	ret = 0;
	for (done = 0; done < n && !ret; done++) {
		if (changes[done] == CHANGE_ADD)
			ret = add(rs, &specs[done]);
		else if (changes[done] == CHANGE_EDIT)
			ret = edit(rs, &specs[done]);
	}
	if (!ret)
		return 0;
	/* The last one failed, and left things as they were. */
	undo(rs, changes, old, done - 1, last_id);
	return put_failed(rs, -ret, new, err);
}

int ruleset_totals(const struct ruleset *rs, struct totals *totals, struct error *err)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *values = cpus > 0 ? calloc((size_t)cpus, sizeof(*values)) : NULL;
	struct totals sum = {};
	int ret = -1;

	if (!values)
		return error_errno(err, cpus > 0 ? ENOMEM : -cpus, "cannot count the processors");
	for (__u32 verdict = 0; verdict < VERDICTS; verdict++) {
		if (bpf_map_lookup_elem(rs->totals, &verdict, values)) {
			error_errno(err, errno, "cannot read the totals");
			goto out;
		}
		for (int cpu = 0; cpu < cpus; cpu++)
			sum.by_verdict[verdict] += values[cpu];
	}
	*totals = sum;
	ret = 0;
out:
	free(values);
	return ret;
}
