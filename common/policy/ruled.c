// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "bpf/name_hash.h"
#include "bpf/ruled_id.h"
#include "base/array.h"
#include "base/time.h"
#include "rule/name.h"
#include "table/mapped.h"
#include "name_list.h"
#include "names.h"
#include "ruled.h"

/* An entry of the map "name_ids". */
struct entry {
	__u64 hash;
	struct name_ids ids;
};

/* Sorted by hash, each once. */
struct entries {
	struct entry *at;
	size_t n;
};

/* The same as suffix_each() of bpf/suffix.h: calls each for a name and for those above it, the shortest first. */
static void each_suffix(__u64 seed, const char *name, void (*each)(__u64 hash, bool is_whole, void *arg), void *arg)
{
	const char *end = name + strlen(name);
	__u64 hash = seed;

	while (end > name) {
		const char *start = end;

		while (start > name && start[-1] != '.')
			start--;
		hash = dns_hash_label(hash, seed, start, (__u64)(end - start));
		each(hash, start == name, arg);
		end = start > name ? start - 1 : name;
	}
}

static void keep_whole(__u64 hash, bool is_whole, void *arg)
{
	if (is_whole)
		*(__u64 *)arg = hash;
}

static int compare(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;

	return (a->hash > b->hash) - (a->hash < b->hash);
}

/* A name and all below it are two ids of one entry. */
static void join(struct entries *entries)
{
	size_t n = 0;

	for (size_t i = 0; i < entries->n; i++) {
		struct entry *to = &entries->at[n ? n - 1 : 0];

		if (n && to->hash == entries->at[i].hash) {
			to->ids.exact |= entries->at[i].ids.exact;
			to->ids.below |= entries->at[i].ids.below;
		} else {
			entries->at[n++] = entries->at[i];
		}
	}
	entries->n = n;
}

static int list_entries(struct entries *entries, const struct config *config, const struct rule_needs *needs)
{
	entries->n = 0;
	entries->at = calloc(needs->n_names + 1u, sizeof(*entries->at));
	if (!entries->at)
		return -ENOMEM;
	for (uint32_t i = 0; i < needs->n_names; i++) {
		const union ip ip = name_ip(needs->names[i]);
		struct entry *entry = &entries->at[entries->n];
		const char *text = name_text(&ip);

		if (!text)
			return -EIO;
		each_suffix(config->names_seed, name_is_wild(text) ? text + 2 : text, keep_whole, &entry->hash);
		if (name_is_wild(text))
			entry->ids.below = needs->names[i];
		else
			entry->ids.exact = needs->names[i];
		entries->n++;
	}
	if (entries->n)
		qsort(entries->at, entries->n, sizeof(*entries->at), compare);
	join(entries);
	return 0;
}

/* Adds ids to those that are there, which other rules in force may need. */
static int put_entries(int map, const struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++) {
		struct name_ids ids = {}, now = entries->at[i].ids;

		bpf_map_lookup_elem(map, &entries->at[i].hash, &ids);
		now.exact |= ids.exact;
		now.below |= ids.below;
		if (memcmp(&now, &ids, sizeof(now)) != 0 &&
		    bpf_map_update_elem(map, &entries->at[i].hash, &now, BPF_ANY))
			return -errno;
	}
	return 0;
}

static void drop_others(int map, const struct entries *entries)
{
	struct entry key = {}, next = {};
	bool more = !bpf_map_get_next_key(map, NULL, &next.hash);

	while (more) {
		const struct entry *there;

		key = next;
		more = !bpf_map_get_next_key(map, &key.hash, &next.hash);
		there = entries->n ? bsearch(&key, entries->at, entries->n, sizeof(key), compare) : NULL;
		if (there)
			bpf_map_update_elem(map, &key.hash, &there->ids, BPF_EXIST);
		else
			bpf_map_delete_elem(map, &key.hash);
	}
}

/* What the programs have learned of a name before a rule was for it. */
struct known {
	const struct entries *entries;
	struct mapped *shared;
	int map;
	__u64 ids[RULED_IDS];
	size_t n;
};

static void find_ids(__u64 hash, bool is_whole, void *arg)
{
	const struct entry key = {.hash = hash};
	struct known *known = arg;
	const struct entry *there = bsearch(&key, known->entries->at, known->entries->n, sizeof(key), compare);
	__u64 id = !there ? 0 : is_whole ? there->ids.exact : there->ids.below;

	if (id && known->n < RULED_IDS)
		known->ids[known->n++] = id;
}

/* As rule_address() of the programs, which may do so at the same time: what is lost of that, the next answer brings. */
static void add_id(struct ruled *at, __u64 id, const struct naming *naming, __u32 now)
{
	struct ruled_id *free_one = NULL;

	for (size_t i = 0; i < RULED_IDS; i++) {
		if (at->at[i].id == id)
			return;
		if (at->at[i].until <= now)
			free_one = &at->at[i];
	}
	if (free_one)
		*free_one = (struct ruled_id){id, (__u32)(naming->asked / 1000000000u),
					      (__u32)(naming->expires / 1000000000u)};
	else
		at->lost = (__u32)(naming->expires / 1000000000u);
}

static int take_address(const struct name_row *row, __u64 seed, struct known *known)
{
	struct ruled at = {};
	__u8 *bit = mapped_at(known->shared, offsetof(struct shared, ruled) + ruled_hash(&row->key.ip), 1);

	known->n = 0;
	each_suffix(seed, row->name, find_ids, known);
	if (!known->n || !row->key.net)
		return 0;
	if (!bit)
		return -ENOMEM;
	__atomic_store_n(bit, 1, __ATOMIC_SEQ_CST);
	bpf_map_lookup_elem(known->map, &row->key, &at);
	for (size_t i = 0; i < known->n; i++)
		add_id(&at, known->ids[i], &row->at, (__u32)(clock_boot() / 1000000000u));
	return bpf_map_update_elem(known->map, &row->key, &at, BPF_ANY) ? -errno : 0;
}

/* Gives the addresses that have names already the ids of those names. The texts of names are those that were sent. */
static int take_known(struct ruleset *rules, const struct entries *entries)
{
	const struct config *config = ruleset_config(rules);
	struct known known = {.entries = entries, .shared = ruleset_shared(rules), .map = -1};
	struct name_list list = {};
	struct error ignored = {};
	struct name_maps maps;
	int ret = 0;

	if (!entries->n || !name_maps_open(&maps, config))
		return 0;
	known.map = bpf_map_get_fd_by_id(config->names[MAP_RULED]);
	if (known.map < 0 || name_list_read(&list, &maps, &ignored))
		ret = -EIO;
	for (size_t i = 0; i < list.n && !ret; i++)
		ret = take_address(&list.at[i], config->names_seed, &known);
	if (known.map >= 0)
		close(known.map);
	name_list_free(&list);
	name_maps_close(&maps);
	return ret;
}

/* As names_attach_ruled() does: the rule is for none then, until 'refresh --resolvers'. */
static int want_resolvers(struct config *config, const struct settings *settings, struct error *err)
{
	struct error none = {};

	if (names_look_up_resolvers(config, settings, false, &none) && config->state == STATE_ON &&
	    !(config->special.ruled & RULED_RESOLVERS))
		return error_set(err, none.code, "%s", none.text);
	__atomic_store_n(&config->special.ruled, config->special.ruled | RULED_RESOLVERS, __ATOMIC_SEQ_CST);
	return 0;
}

int ruled_want(const struct pins *pins, struct ruleset *rules, const struct rule_needs *needs, struct error *err)
{
	struct config *config = ruleset_config(rules);
	struct entries entries = {};
	int ret, map;

	if (needs->resolvers && want_resolvers(config, needs->settings, err))
		return -1;
	if (!needs->n_names)
		return 0;
	if (names_attach_ruled(pins, rules, needs->settings, err))
		return -1;
	ret = list_entries(&entries, config, needs);
	map = ret ? -1 : bpf_map_get_fd_by_id(config->names[MAP_NAME_IDS]);
	if (!ret)
		ret = map < 0 ? -errno : put_entries(map, &entries);
	__atomic_store_n(&config->special.ruled, config->special.ruled | RULED, __ATOMIC_SEQ_CST);
	if (!ret)
		ret = take_known(rules, &entries);
	if (map >= 0)
		close(map);
	free(entries.at);
	return ret ? error_errno(err, -ret, "cannot note the names of rules") : 0;
}

/* Forgets which addresses have names, of which the map is gone. */
static void clear_filter(struct ruleset *rules)
{
	void *filter = mapped_at(ruleset_shared(rules), offsetof(struct shared, ruled), 1u << FILTER_RULED_BITS);

	if (filter)
		memset(filter, 0, 1u << FILTER_RULED_BITS);
}

void ruled_keep(const struct pins *pins, struct ruleset *rules, const struct rule_needs *needs)
{
	struct config *config = ruleset_config(rules);
	struct entries entries = {};
	int map;

	if (!needs->resolvers)
		__atomic_store_n(&config->special.ruled, config->special.ruled & ~RULED_RESOLVERS, __ATOMIC_SEQ_CST);
	if (!(config->special.ruled & RULED))
		return;
	if (!needs->n_names) {
		__atomic_store_n(&config->special.ruled, config->special.ruled & ~RULED, __ATOMIC_SEQ_CST);
		names_leave_ruled(pins, rules, needs->settings);
		clear_filter(rules);
		return;
	}
	map = bpf_map_get_fd_by_id(config->names[MAP_NAME_IDS]);
	if (map >= 0 && !list_entries(&entries, config, needs))
		drop_others(map, &entries);
	if (map >= 0)
		close(map);
	free(entries.at);
}
