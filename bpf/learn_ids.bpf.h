/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the names in rules that a question's name belongs to: the name itself, and each "*." with a name above it.
 * Gives the addresses of the answer the ids of these names. Only dns.bpf.h includes this.
 */
#ifndef LSMCTL_LEARN_IDS_H
#define LSMCTL_LEARN_IDS_H

struct name_ids_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* 2 * max_names */
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct name_ids));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct name_ids_map);
} name_ids SEC(".maps");

/* Notes an id of the question's name. One that does not fit is missing: see struct ruled. */
static __always_inline void note_id(struct reading *r, __u64 id)
{
	__u32 n = r->n_ids;

	if (!id)
		return;
	if (n < RULED_IDS)
		r->ruled.at[n & (RULED_IDS - 1)].id = id;
	r->n_ids = n + 1;
}

/* A separate function, for the same reason as dns_name(). */
__noinline int note_suffix(__u64 hash, __u32 is_whole)
{
	struct reading *r = reading();
	const __u32 slot = 0;
	void *map = bpf_map_lookup_elem(&name_ids, &slot);
	const struct name_ids *ids = map ? bpf_map_lookup_elem(map, &hash) : NULL;

	if (r && ids)
		note_id(r, is_whole ? ids->exact : ids->below);
	return 0;
}

static __always_inline void suffix_found(__u64 hash, __u32 is_whole)
{
	note_suffix(hash, is_whole);
}

/*
 * Gives an address an id: in the place that has it, or in a free one. Two processors that take one place at once leave
 * one of both ids; the other is missing until its next answer.
 */
__noinline int rule_address(__u64 ip_high, __u64 ip_low, __u32 n)
{
	const struct reading *r = reading();
	struct ruled *there = r ? find_ruled(ip_high, ip_low, r->net) : NULL;
	__u32 free = RULED_IDS, now;
	__u64 id;

	if (!there)
		return 0; /* others have pushed it out again */
	id = r->ruled.at[n & (RULED_IDS - 1)].id;
	now = r->now / 1000000000u;
	for (__u32 i = 0; i < RULED_IDS; i++) {
		struct ruled_id *at = &there->at[i];

		if (at->id == id) {
			at->asked = now;
			if (at->until < r->until)
				at->until = r->until;
			return 0;
		}
		if (at->until <= now)
			free = i;
	}
	if (free >= RULED_IDS) {
		there->lost = r->until;
		return 0;
	}
	there->at[free & (RULED_IDS - 1)].id = id;
	asm volatile("" : : : "memory"); /* no time for another id than its own */
	there->at[free & (RULED_IDS - 1)].asked = now;
	there->at[free & (RULED_IDS - 1)].until = r->until;
	return 0;
}

/* Gives an address the ids of the question's name. The filter says so first. */
__noinline int rule_by_name(__u64 ip_high, __u64 ip_low, __u32 ttl)
{
	const union ip ip = {.d = {ip_high, ip_low}};
	struct named key = {.ip = {.d = {ip_high, ip_low}}};
	struct reading *r = reading();
	const __u32 slot = 0;
	void *map = bpf_map_lookup_elem(&ruled, &slot);
	__u32 now;

	if (!r || !map || !r->n_ids)
		return 0; /* no rule is for the name */
	now = r->now / 1000000000u;
	r->until = now + keep(r, ttl);
	shared.ruled[ruled_hash(&ip) & ((1u << FILTER_RULED_BITS) - 1)] = 1;
	key.net = r->net;
	if (!bpf_map_lookup_elem(map, &key)) {
		for (__u32 i = 0; i < RULED_IDS; i++) {
			r->ruled.at[i].asked = now;
			r->ruled.at[i].until = r->ruled.at[i].id ? r->until : 0;
		}
		r->ruled.lost = r->n_ids > RULED_IDS ? r->until : 0;
		if (!bpf_map_update_elem(map, &key, &r->ruled, BPF_NOEXIST))
			return 0;
	}
	for (__u32 i = 0; i < RULED_IDS; i++) {
		if (i >= r->n_ids)
			break;
		rule_address(ip_high, ip_low, i);
	}
	return 0;
}

/* Notes the ids of the question's name. */
static __always_inline void find_ids(struct reading *r)
{
	r->n_ids = 0;
	if (!is_ruled())
		return;
	for (__u32 i = 0; i < RULED_IDS; i++)
		r->ruled.at[i].id = 0;
	suffix_each();
}

#endif
