// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/time.h"
#include <linux/bpf.h>
#include "answers.h"
#include "on_cgroup.h"
#include "slot_map.h"

static const struct slot_map map = {"senders", sizeof(struct sender), sizeof(__u64), SENDERS, BPF_MAP_TYPE_LRU_HASH};

bool answers_needed(const struct settings *settings)
{
	return settings->default_verdict == VERDICT_BLOCK && !settings->no_answers;
}

bool answers_wanted(struct ruleset *rules)
{
	const struct settings *other = ruleset_other_settings(rules);

	return answers_needed(ruleset_settings(rules)) || (other && answers_needed(other));
}

/* 0 or -errno. A new map has forgotten nothing. */
static int need_map(const struct pins *pins, struct config *config)
{
	int there = slot_map_open(config->senders);

	if (there >= 0)
		close(there);
	else
		__atomic_store_n(&config->senders_met, 0, __ATOMIC_RELEASE);
	return slot_map_need(pins, &map, &config->senders);
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
	slot_map_drop(pins, &map, &ruleset_config(rules)->senders);
	return ret;
}

void answers_leave(const struct pins *pins, struct ruleset *rules)
{
	if (answers_wanted(rules))
		return;
	pins_remove_link(pins, hook_name(HOOK_INGRESS));
	slot_map_drop(pins, &map, &ruleset_config(rules)->senders);
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
	int fd = slot_map_open(config->senders);
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
