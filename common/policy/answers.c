// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/time.h"
#include "answers.h"
#include "on_cgroup.h"

#define MAP "senders"

bool answers_needed(const struct settings *settings)
{
	return settings->default_verdict == VERDICT_BLOCK && !settings->no_answers;
}

bool answers_wanted(struct ruleset *rules)
{
	const struct config *config = ruleset_config(rules);

	return answers_needed(ruleset_settings(rules)) ||
	       (ruleset_trial_left(rules) && answers_needed(&config->settings[config->fallback & 1]));
}

static int map_id(int fd, __u32 *id)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*id = info.id;
	return 0;
}

/* Puts an empty map into the slot. config.senders follows: without it, the next command makes the map again. */
static int make_map(struct config *config, int outer)
{
	__u32 slot = 0, id = 0;
	int ret, fd = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, MAP, sizeof(struct sender), sizeof(__u64), SENDERS, NULL);

	if (fd < 0)
		return -errno;
	ret = map_id(fd, &id);
	if (!ret) {
		__atomic_store_n(&config->senders_met, 0, __ATOMIC_RELEASE);
		ret = bpf_map_update_elem(outer, &slot, &fd, BPF_ANY) ? -errno : 0;
	}
	if (!ret)
		__atomic_store_n(&config->senders, id, __ATOMIC_RELEASE);
	close(fd);
	return ret;
}

static int open_map(const struct config *config)
{
	return config->senders ? bpf_map_get_fd_by_id(config->senders) : -1;
}

/* 0 or -errno. A command that was killed may have left the id of a map that is gone. */
static int need_map(const struct pins *pins, struct config *config)
{
	int outer, ret, there = open_map(config);

	if (there >= 0) {
		close(there);
		return 0;
	}
	outer = pins_get_map(pins, MAP, false);
	if (outer < 0)
		return outer;
	ret = make_map(config, outer);
	close(outer);
	return ret;
}

static void drop_map(const struct pins *pins, struct config *config)
{
	__u32 slot = 0;
	int outer;

	if (!config->senders)
		return;
	outer = pins_get_map(pins, MAP, false);
	if (outer < 0)
		return;
	if (!bpf_map_delete_elem(outer, &slot) || errno == ENOENT)
		__atomic_store_n(&config->senders, 0, __ATOMIC_RELEASE);
	close(outer);
}

int answers_attach(const struct pins *pins, struct ruleset *rules, struct error *err)
{
	int ret, judged = pins_get_link(pins, hook_name(HOOK_SENDMSG));

	if (judged == -ENOENT)
		return 0; /* no program judges sends: nothing is refused that an answer could pass */
	if (judged >= 0)
		close(judged);
	ret = need_map(pins, ruleset_config(rules));
	return ret ? error_errno(err, -ret, "cannot make the map of senders")
		   : on_cgroup_attach(pins, HOOK_INGRESS, err);
}

int answers_settle(const struct pins *pins, struct ruleset *rules, struct error *err)
{
	int ret;

	if (answers_wanted(rules))
		return answers_attach(pins, rules, err);
	ret = on_cgroup_detach(pins, HOOK_INGRESS, err);
	drop_map(pins, ruleset_config(rules));
	return ret;
}

void answers_leave(const struct pins *pins, struct ruleset *rules)
{
	if (answers_wanted(rules))
		return;
	pins_remove_link(pins, hook_name(HOOK_INGRESS));
	drop_map(pins, ruleset_config(rules));
}

int answers_renew(const struct pins *pins, bool check_only, struct error *err)
{
	return on_cgroup_renew(pins, HOOK_INGRESS, check_only, err);
}

/* Counts in parts: a map of 65,536 entries has 2.5 MB. */
static bool count_all(int fd, struct answers_count *count)
{
	const uint64_t now = clock_boot();
	__u32 part = 4096, at = 0, got;
	struct sender *keys = calloc(part, sizeof(*keys));
	__u64 *times = calloc(part, sizeof(*times));
	bool first = true, done = !keys || !times, ok = !done;

	while (!done) {
		got = part;
		if (bpf_map_lookup_batch(fd, first ? NULL : &at, &at, keys, times, &got, NULL)) {
			done = true;
			ok = errno == ENOENT; /* the end, with the last entries */
		}
		for (__u32 i = 0; ok && i < got; i++)
			count->recent += sender_is_recent(times[i], now) != 0;
		count->remembered += ok ? got : 0;
		first = false;
	}
	free(keys);
	free(times);
	return ok;
}

bool answers_count(const struct config *config, struct answers_count *count)
{
	int fd = open_map(config);
	bool ok;

	*count = (struct answers_count){};
	if (fd < 0)
		return false;
	ok = count_all(fd, count);
	close(fd);
	if (config->senders_met > count->remembered)
		count->forgotten = config->senders_met - count->remembered;
	return ok;
}
