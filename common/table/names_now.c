// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "bpf/ruled_id.h"
#include "base/time.h"
#include "names.h"
#include "names_now.h"

#define PART 2048 /* entries of the map that are read at once */

/* Appends the ids that an address has now. */
static int append_ids(struct tables *t, const struct ruled *at, uint32_t now)
{
	int ret = 0;

	for (uint32_t i = 0; i < RULED_IDS && !ret; i++) {
		if (at->at[i].id && at->at[i].until > now)
			ret = names_append(&t->ruled, &t->n_ruled, at->at[i].id);
	}
	return ret;
}

static void read_ruled(struct tables *t)
{
	int fd = t->peek < 0 && t->config->names[MAP_RULED] ? bpf_map_get_fd_by_id(t->config->names[MAP_RULED])
							    : -1; /* or locked */
	struct named *keys = malloc(PART * sizeof(*keys));
	struct ruled *values = malloc(PART * sizeof(*values));
	uint32_t now = (uint32_t)(clock_boot() / 1000000000u);
	bool last = fd < 0 || !keys || !values, ok = !last;
	__u32 place = 0, got;

	for (bool first = true; !last; first = false) {
		got = PART;
		if (bpf_map_lookup_batch(fd, first ? NULL : &place, &place, keys, values, &got, NULL)) {
			last = true; /* with the last entries */
			ok = errno == ENOENT;
		}
		for (__u32 i = 0; ok && i < got; i++)
			ok = !append_ids(t, &values[i], now);
		last = last || !ok;
	}
	if (t->n_ruled)
		qsort(t->ruled, t->n_ruled, sizeof(*t->ruled), names_compare);
	t->ruled_read = ok ? RULED_KNOWN : RULED_UNKNOWN;
	free(keys);
	free(values);
	if (fd >= 0)
		close(fd);
}

/* Returns how many of the sorted ids are less. */
static uint32_t place_of(const struct tables *t, uint64_t id)
{
	uint32_t from = 0, to = t->n_ruled;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (t->ruled[middle] < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

int64_t names_now(struct tables *t, const union ip *name)
{
	uint64_t id = name_id(name);

	if (ip_is_resolvers(name))
		return config_resolvers(t->config, tables_settings(t))->n;
	if (t->ruled_read == RULED_UNREAD)
		read_ruled(t);
	return t->ruled_read == RULED_KNOWN ? (int64_t)place_of(t, id + 1) - place_of(t, id) : -1;
}
