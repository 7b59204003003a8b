// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <linux/bpf.h>
#include "host/own_net.h"
#include "names.h"
#include "object.h"
#include "on_cgroup.h"
#include "programs.h"
#include "prove.h"
#include "slot_map.h"

static const struct slot_map maps[NAME_MAPS] = {
	[MAP_QUERIES] = {"queries", sizeof(struct query_key), sizeof(__u64), QUERIES_ROOM, BPF_MAP_TYPE_LRU_HASH},
	[MAP_NAMED] = {"named", sizeof(struct named), sizeof(struct naming), NAMED_ROOM, BPF_MAP_TYPE_LRU_HASH},
	[MAP_NAMES] = {"names", sizeof(__u64), sizeof(struct name), NAMES_ROOM, BPF_MAP_TYPE_LRU_HASH},
	[MAP_NAME_IDS] = {"name_ids", sizeof(__u64), sizeof(struct name_ids), 2 * NAME_RULES, BPF_MAP_TYPE_HASH},
	[MAP_RULED] = {"ruled", sizeof(struct named), sizeof(struct ruled), RULED_ROOM, BPF_MAP_TYPE_LRU_HASH},
};

bool names_wanted(struct ruleset *rules)
{
	const struct settings *other = ruleset_other_settings(rules);

	return ruleset_config(rules)->special.ruled & RULED || ruleset_settings(rules)->names ||
	       (other && other->names);
}

bool names_find_resolvers(struct resolvers *found)
{
	struct own_address *list = NULL;
	size_t n = own_resolvers(&list);

	*found = (struct resolvers){};
	for (size_t i = 0; i < n && found->n < RESOLVERS; i++)
		found->at[found->n++] = list[i].ip;
	free(list);
	return found->n;
}

int names_find_none(struct error *err)
{
	return error_set(
		err, ERR_SYSTEM,
		"no name server is known: neither /etc/resolv.conf nor systemd-resolved has one (type 'lsmctl set resolvers ADDRESS,...' first)");
}

void names_store_resolvers(struct config *config, const struct resolvers *found)
{
	__u32 next = !(config->found_slot & 1);

	if (!memcmp(config_found(config), found, sizeof(*found)))
		return;
	config->found[next] = *found;
	__atomic_store_n(&config->found_slot, next, __ATOMIC_RELEASE);
}

int names_look_up_resolvers(struct config *config, const struct settings *settings, bool check_only, struct error *err)
{
	struct resolvers found;

	if (!names_find_resolvers(&found) && !config_resolvers(config, settings)->n)
		return names_find_none(err);
	if (found.n && !check_only)
		names_store_resolvers(config, &found);
	return 0;
}

/*
 * Returns the number of the host's network namespace, or 0: this process does not see the host's first process. Its pid
 * namespace always has this number: PROC_PID_INIT_INO in include/linux/proc_ns.h. Without CAP_SYS_PTRACE, as in a
 * unit, only whether this process is there too can be seen: each namespace has files of its own below /proc/PID/net.
 */
static __u32 find_host_net(void)
{
	struct stat pid, net, first, own;

	if (stat("/proc/self/ns/pid", &pid) || pid.st_ino != 0xeffffffc)
		return 0;
	if (!stat("/proc/1/ns/net", &net))
		return (__u32)net.st_ino;
	return !stat("/proc/1/net/netlink", &first) && !stat("/proc/self/net/netlink", &own) &&
			       first.st_ino == own.st_ino && first.st_dev == own.st_dev &&
			       !stat("/proc/self/ns/net", &net)
		       ? (__u32)net.st_ino
		       : 0;
}

static int need_maps(const struct pins *pins, struct config *config, size_t n, struct error *err)
{
	if (!config->names_seed)
		config->names_seed = prove_secret();
	for (size_t i = 0; i < n; i++) {
		struct slot_map map = maps[i];
		int ret;

		if (i == MAP_NAME_IDS && config->max_names)
			map.room = 2 * config->max_names; /* those of the old rules and of the new ones */
		if (i == MAP_RULED && config->max_addresses)
			map.room = config->max_addresses;
		ret = slot_map_need(pins, &map, &config->names[i]);

		if (ret)
			return error_errno(err, -ret, "cannot make the map of %s", maps[i].name);
	}
	return 0;
}

static void drop_maps(const struct pins *pins, struct config *config, size_t from)
{
	for (size_t i = from; i < NAME_MAPS; i++)
		slot_map_drop(pins, &maps[i], &config->names[i]);
}

static int renew_query(const struct pins *pins, const struct config *config, struct error *err)
{
	const char *const names[] = {hook_name(HOOK_NAMES_QUERY), NULL};

	return object_attach_named(names, config->attach, -1, pins, false, err);
}

static int attach_query(const struct pins *pins, const struct config *config, struct error *err)
{
	struct program_info program;

	if (programs_read_one(pins, HOOK_NAMES_QUERY, &program, err))
		return -1;
	if (program.prog_id)
		return 0;
	return renew_query(pins, config, err) ? -1 : 1;
}

/* Answers count where queries are recorded: both or none. */
static int attach_programs(const struct pins *pins, const struct config *config, struct error *err)
{
	int learn = on_cgroup_attach(pins, HOOK_NAMES_LEARN, err);
	int query = learn < 0 ? -1 : attach_query(pins, config, err);

	return query < 0 ? -1 : learn | query;
}

static void remove_programs(const struct pins *pins)
{
	pins_remove_link(pins, hook_name(HOOK_NAMES_QUERY));
	pins_remove_link(pins, hook_name(HOOK_NAMES_LEARN));
}

/* Once the name servers are known. n: how many of the maps. */
static int attach(const struct pins *pins, struct config *config, size_t n, struct error *err)
{
	__u32 host_net = find_host_net();

	if (host_net)
		config->host_net = host_net;
	return need_maps(pins, config, n, err) ? -1 : attach_programs(pins, config, err);
}

int names_attach(const struct pins *pins, struct ruleset *rules, const struct settings *settings, bool check_only,
		 struct error *err)
{
	struct config *config = ruleset_config(rules);

	if (names_look_up_resolvers(config, settings, check_only, err))
		return -1;
	return check_only ? 0 : attach(pins, config, config->special.ruled & RULED ? NAME_MAPS : MAP_NAME_IDS, err);
}

int names_attach_ruled(const struct pins *pins, struct ruleset *rules, const struct settings *settings,
		       struct error *err)
{
	struct config *config = ruleset_config(rules);
	struct error none = {};

	if (!programs_judge_calls(pins))
		return need_maps(pins, config, NAME_MAPS, err);
	if (!names_look_up_resolvers(config, settings, false, &none))
		return attach(pins, config, NAME_MAPS, err) < 0 ? -1 : 0;
	/* A host may know no name server when it boots; later it may lose them, and change other rules. */
	if (config->state != STATE_ON || config->special.ruled & RULED)
		return need_maps(pins, config, NAME_MAPS, err);
	return error_set(err, none.code, "%s", none.text);
}

void names_leave_ruled(const struct pins *pins, struct ruleset *rules, const struct settings *settings)
{
	drop_maps(pins, ruleset_config(rules), MAP_NAME_IDS);
	if (settings->names)
		return;
	remove_programs(pins);
	drop_maps(pins, ruleset_config(rules), 0);
}

int names_settle(const struct pins *pins, struct ruleset *rules, struct error *err)
{
	const struct settings *settings = ruleset_settings(rules), *other = ruleset_other_settings(rules);
	int learn, query;

	if (names_wanted(rules))
		return names_attach(pins, rules, settings->names || !other ? settings : other, false, err);
	learn = on_cgroup_detach(pins, HOOK_NAMES_LEARN, err);
	query = learn < 0 ? -1 : on_cgroup_detach(pins, HOOK_NAMES_QUERY, err);
	drop_maps(pins, ruleset_config(rules), 0);
	return query < 0 ? -1 : learn | query;
}

void names_leave(const struct pins *pins, struct ruleset *rules)
{
	if (names_wanted(rules))
		return;
	remove_programs(pins);
	drop_maps(pins, ruleset_config(rules), 0);
}

int names_renew(const struct pins *pins, struct ruleset *rules, struct error *err)
{
	if (on_cgroup_renew(pins, HOOK_NAMES_LEARN, false, err))
		return -1;
	return renew_query(pins, ruleset_config(rules), err);
}
