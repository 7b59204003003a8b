/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives each new cgroup its place, before a process can be in it, and forgets a removed one. mkdir(2) holds the
 * kernel's lock on all cgroups while the program runs, and makes the directory visible after that: so programs and
 * common/table/bind.c together miss none. Only lsmctl.bpf.c includes this.
 *
 * The kernel's tracepoints have the path too, cut at 1,023 bytes: two long paths would look the same.
 */
#ifndef LSMCTL_CGROUP_H
#define LSMCTL_CGROUP_H

static inline __u64 name_at(struct generation *g, __u32 at)
{
	(void)g;
	return *(const __u64 *)((const char *)shared.name + (at & (2 * NAME_SIZE - 1)));
}

static inline void name_set(struct generation *g, __u64 set)
{
	(void)g;
	shared.name[0] = set;
}

__noinline int arena_has_of(__u32 line, __u32 number)
{
	struct generation g;

	return generation_open(&g, number) && line_at(&g, line);
}

static inline int arena_has(struct generation *g, __u32 line)
{
	return arena_has_of(line, g->number);
}

__noinline __u32 arena_word_of(__u32 word, __u32 number)
{
	struct generation g;

	return generation_open(&g, number) ? arena_word(&g, word) : PLACE_BROKEN;
}

static inline __u32 arena_word_at(struct generation *g, __u32 word)
{
	return arena_word_of(word, g->number);
}

__noinline __u64 arena_text_of(__u32 line, __u32 word, __u32 number)
{
	const struct line *text;
	struct generation g;

	if (!generation_open(&g, number))
		return 0;
	text = line_at(&g, line + word / 8);
	return text ? text->w[word % 8 * 2] | (__u64)text->w[word % 8 * 2 + 1] << 32 : 0;
}

static inline __u64 arena_text(struct generation *g, __u32 line, __u32 word)
{
	return arena_text_of(line, word, g->number);
}

__noinline int text_differs_of(__u32 line, __u32 word, __u32 at, __u32 len, __u32 number)
{
	struct generation g = {.number = number};

	return text_differs_in(&g, line, word, at, len);
}

static inline int text_differs(struct generation *g, __u32 line, __u32 word, __u32 at, __u32 len)
{
	return text_differs_of(line, word, at, len, g->number);
}

__noinline __u32 find_step_of(__u32 places, __u32 from, __u32 len, __u32 number)
{
	struct generation g = {.number = number};

	return find_step_in(&g, places, from, len);
}

static inline __u32 find_step(struct generation *g, __u32 places, __u32 from, __u32 len)
{
	return find_step_of(places, from, len, g->number);
}

__noinline __u32 pattern_fits_of(__u32 line, __u32 len, __u32 number)
{
	struct generation g = {.number = number};

	return pattern_fits_in(&g, line, len);
}

static inline __u32 pattern_fits(struct generation *g, __u32 line, __u32 len)
{
	return pattern_fits_of(line, len, g->number);
}

/* Gives a cgroup its place in one slot. A separate function, so that the verifier checks it once for both slots. */
__noinline int bind(__u32 slot, __u64 parent, __u64 id, __u64 name)
{
	void *bound = bpf_map_lookup_elem(&cgroups, &slot);
	__u32 *from = bound ? bpf_map_lookup_elem(bound, &parent) : NULL, to;
	const struct header *header;
	struct generation g;
	long size;

	if (!from)
		return 0; /* nothing below the parent has a place, or a command will find this cgroup */
	header = generation_open(&g, slot);
	size = bpf_probe_read_kernel_str(shared.name, NAME_SIZE, (const void *)name);
	if (header && size > 1 && size <= NAME_SIZE) {
		to = place_step(&g, header->cgroups, *from & ~PLACE_LOST, (__u32)size - 1);
		if (to)
			*placed_at(id) = 1; /* before the place */
		if (!to || (to != PLACE_BROKEN && !bpf_map_update_elem(bound, &id, &to, BPF_ANY)))
			return 0;
	}
	*from |= PLACE_LOST;
	shared.config.unbound[slot & 1]++;
	return 0;
}

/* True when the other slot has a map of its own: a trial lasts, or a command is about to publish other paths. */
static __always_inline bool is_other_bound(__u32 slot)
{
	return shared.config.bound[!slot] && shared.config.bound[!slot] != shared.config.bound[slot & 1];
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir, struct cgroup *cgrp)
{
	__u32 slot = generation_now() & 1;
	__u64 parent, id, name = 0;

	if (!shared.config.bound[slot] && !is_other_bound(slot))
		return 0; /* no rule is for a cgroup */
	if (cgrp->root->hierarchy_id)
		return 0; /* version 1, whose ids are others */
	parent = cgrp->self.parent->cgroup->kn->id;
	id = cgrp->kn->id;
	bpf_core_read(&name, sizeof(name), &cgrp->kn->name); /* as a number, which a separate function takes */
	if (shared.config.bound[slot])
		bind(slot, parent, id, name);
	if (is_other_bound(slot))
		bind(!slot, parent, id, name);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir, struct cgroup *cgrp)
{
	__u64 id;

	if (cgrp->root->hierarchy_id)
		return 0;
	id = cgrp->kn->id;
	for (__u32 slot = 0; slot < 2; slot++) {
		__u32 key = slot;
		void *bound = bpf_map_lookup_elem(&cgroups, &key);

		if (bound)
			bpf_map_delete_elem(bound, &id);
	}
	return 0;
}

#endif
