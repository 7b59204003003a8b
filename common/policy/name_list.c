// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/array.h"
#include "base/time.h"
#include "name_list.h"

#define PART 4096 /* entries read at once */

bool name_maps_open(struct name_maps *maps, const struct config *config)
{
	*maps = NAME_MAPS_CLOSED;
	if (config->names[MAP_NAMED])
		maps->named = bpf_map_get_fd_by_id(config->names[MAP_NAMED]);
	if (config->names[MAP_NAMES])
		maps->names = bpf_map_get_fd_by_id(config->names[MAP_NAMES]);
	if (maps->named >= 0 && maps->names >= 0)
		return true;
	name_maps_close(maps);
	return false;
}

void name_maps_close(struct name_maps *maps)
{
	if (maps->named >= 0)
		close(maps->named);
	if (maps->names >= 0)
		close(maps->names);
	*maps = NAME_MAPS_CLOSED;
}

bool name_maps_text(const struct name_maps *maps, __u64 hash, char text[DNS_NAME_TEXT_SIZE])
{
	struct name name;

	*text = '\0';
	return hash && maps->names >= 0 && !bpf_map_lookup_elem(maps->names, &hash, &name) &&
	       dns_name_text(name.wire, sizeof(name.wire), text);
}

/* Calls each() for all entries of a map, in parts. 0, or -errno. */
static int each_entry(int fd, size_t key_size, size_t value_size,
		      int (*each)(const void *key, const void *value, void *arg), void *arg)
{
	char *keys = malloc(PART * key_size), *values = malloc(PART * value_size);
	int ret = keys && values ? 0 : -ENOMEM;
	__u32 at = 0, got;
	bool last = false;

	for (bool first = true; !ret && !last; first = false) {
		got = PART;
		if (bpf_map_lookup_batch(fd, first ? NULL : &at, &at, keys, values, &got, NULL)) {
			last = true; /* with the last entries */
			ret = errno == ENOENT ? 0 : -errno;
		}
		for (__u32 i = 0; !ret && i < got; i++)
			ret = each(keys + i * key_size, values + i * value_size, arg);
	}
	free(keys);
	free(values);
	return ret;
}

struct reading {
	struct name_list *list;
	const struct name_maps *maps;
	uint64_t now;
};

static int add(struct name_list *list, const char *text, const struct name_row *row)
{
	struct name_row *at = array_with_room_for_one(list->at, list->n, sizeof(*at));
	char *name = strdup(text);

	if (at)
		list->at = at;
	if (!at || !name) {
		free(name);
		return -ENOMEM;
	}
	at[list->n] = *row;
	at[list->n++].name = name;
	return 0;
}

static int take_address(const void *key, const void *value, void *arg)
{
	const struct reading *reading = arg;
	struct name_row row = {.key = *(const struct named *)key, .at = *(const struct naming *)value};
	char text[DNS_NAME_TEXT_SIZE];
	struct name name;

	if (row.at.expires <= reading->now || bpf_map_lookup_elem(reading->maps->names, &row.at.name, &name) ||
	    !dns_name_text(name.wire, sizeof(name.wire), text))
		return 0; /* over, or the name is forgotten */
	row.truncated = name.truncated;
	return add(reading->list, text, &row);
}

static int take_truncated(const void *key, const void *value, void *arg)
{
	const struct reading *reading = arg;
	const struct name *name = value;
	struct name_row row = {.at.name = *(const __u64 *)key, .at.asked = name->asked, .truncated = name->truncated};
	char text[DNS_NAME_TEXT_SIZE];

	if (!name->truncated || !dns_name_text(name->wire, sizeof(name->wire), text))
		return 0;
	return add(reading->list, text, &row);
}

static int compare(const void *one, const void *other)
{
	const struct name_row *a = one, *b = other;
	int ret = strcmp(a->name, b->name);

	if (!ret)
		ret = (a->key.net == 0) - (b->key.net == 0); /* without an address last */
	if (!ret)
		ret = memcmp(&a->key.ip, &b->key.ip, sizeof(a->key.ip));
	return ret ? ret : (a->key.net > b->key.net) - (a->key.net < b->key.net);
}

/* Drops what stands for names without an address, where they have some. */
static void drop_needless(struct name_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (!list->at[i].key.net && n && !strcmp(list->at[n - 1].name, list->at[i].name))
			free(list->at[i].name);
		else
			list->at[n++] = list->at[i];
	}
	list->n = n;
}

int name_list_read(struct name_list *list, const struct name_maps *maps, struct error *err)
{
	struct reading reading = {.list = list, .maps = maps, .now = clock_boot()};
	int ret = each_entry(maps->named, sizeof(struct named), sizeof(struct naming), take_address, &reading);

	if (!ret)
		ret = each_entry(maps->names, sizeof(__u64), sizeof(struct name), take_truncated, &reading);
	if (ret)
		return error_errno(err, -ret, "cannot read the names");
	name_list_sort(list);
	return 0;
}

void name_list_sort(struct name_list *list)
{
	if (list->n)
		qsort(list->at, list->n, sizeof(*list->at), compare);
	drop_needless(list);
}

int name_list_add(struct name_list *list, const char *name)
{
	return add(list, name, &(struct name_row){});
}

void name_list_ruled(struct name_list *list, const struct config *config)
{
	int fd = config->names[MAP_RULED] ? bpf_map_get_fd_by_id(config->names[MAP_RULED]) : -1;
	__u32 now = (__u32)(clock_boot() / 1000000000u);
	struct ruled ruled;

	for (size_t i = 0; i < list->n && fd >= 0; i++) {
		struct name_row *row = &list->at[i];
		size_t n = 0;

		if (!row->key.net || bpf_map_lookup_elem(fd, &row->key, &ruled))
			continue;
		for (size_t at = 0; at < RULED_IDS; at++) {
			if (ruled.at[at].id && ruled.at[at].until > now)
				row->ids[n++] = ruled.at[at].id;
		}
	}
	if (fd >= 0)
		close(fd);
}

struct wanted {
	const struct name_list *list;
	const union ip *ip;
	__u32 net;
};

static bool is_same(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;
	const struct named *key = &wanted->list->at[place].key;

	return (__u32)key->net == wanted->net && !memcmp(&key->ip, wanted->ip, sizeof(key->ip));
}

static int64_t find_last(const struct name_list *list, const union ip *ip, __u32 net, uint32_t hash)
{
	const struct wanted wanted = {list, ip, net};
	int64_t place = hash_find(&list->by_ip, hash, is_same, &wanted);

	while (place >= 0 && list->at[place].later)
		place = list->at[place].later - 1;
	return place;
}

static uint32_t hash_of(const union ip *ip, __u32 net)
{
	return hash_number(ip->d[0] ^ net) ^ hash_number(ip->d[1]);
}

/* A namespace that ended may have left its number to another: what was asked for last counts. */
int name_list_index(struct name_list *list, struct error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct named *key = &list->at[i].key;
		uint32_t hash = hash_of(&key->ip, (__u32)key->net);
		int64_t there = key->net ? find_last(list, &key->ip, (__u32)key->net, hash) : -1;

		if (there >= 0 && list->at[there].at.asked < list->at[i].at.asked)
			list->at[there].later = (uint32_t)i + 1;
		else if (there < 0 && key->net && hash_add(&list->by_ip, hash, (uint32_t)i))
			return error_errno(err, ENOMEM, "cannot read the names");
	}
	return 0;
}

const char *name_list_find(const struct name_list *list, const union ip *ip, __u32 net)
{
	int64_t place = find_last(list, ip, net, hash_of(ip, net));

	return place >= 0 ? list->at[place].name : NULL;
}

void name_list_free(struct name_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->at[i].name);
	free(list->at);
	hash_free(&list->by_ip);
	*list = (struct name_list){};
}

struct counting {
	struct names_count *count;
	uint64_t now;
};

static int count_address(const void *key, const void *value, void *arg)
{
	const struct counting *counting = arg;

	(void)key;
	counting->count->addresses += ((const struct naming *)value)->expires > counting->now;
	return 0;
}

static int count_name(const void *key, const void *value, void *arg)
{
	(void)key, (void)value;
	((struct counting *)arg)->count->names++;
	return 0;
}

bool names_count(const struct config *config, struct names_count *count)
{
	struct counting counting = {count, clock_boot()};
	struct name_maps maps;
	bool ok = name_maps_open(&maps, config);

	*count = (struct names_count){};
	ok = ok && !each_entry(maps.named, sizeof(struct named), sizeof(struct naming), count_address, &counting) &&
	     !each_entry(maps.names, sizeof(__u64), sizeof(struct name), count_name, &counting);
	name_maps_close(&maps);
	return ok;
}
