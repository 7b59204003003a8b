/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Some rules, made of any bytes so that a fuzzer can choose them, that have much to do with one another: prefixes
 * within prefixes, lengths around byte boundaries, the same prefix with different ports, few subjects. Their tables in
 * memory, and calls that show where those go wrong.
 */
#ifndef LSMCTL_WORLD_H
#define LSMCTL_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include "memory.h"
#include "bpf/ruled_id.h"
#include "table/compile.h"
#include "table/near.h"

/* What a test does that finds them wrong. */
#ifndef BROKEN
#define BROKEN(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort())
#endif

#define WORLD_RULES 48
#define WORLD_CALLS (WORLD_RULES * 8)
#define WORLD_NOW   1000 /* rules expire around it */
#define OF(array)   (sizeof(array) / sizeof((array)[0]))

/* Each call's cgroups are a tail of this: 9 is in 7. */
static const uint64_t world_cgroups[] = {9, 7};

static const struct subject_source world_subjects[] = {
	{.kind = SUBJECT_EVERYONE},
	{.kind = SUBJECT_UID, .id = 0},
	{.kind = SUBJECT_UID, .id = 1000},
	{.kind = SUBJECT_UID, .id = 7}, /* as the cgroup */
	{.kind = SUBJECT_CGROUP, .id = 7, .path = "/a"},
	{.kind = SUBJECT_CGROUP, .id = 9, .path = "/a/b"},
	{.kind = SUBJECT_CGROUP, .id = 0, .path = "/gone"},
	{.kind = SUBJECT_UIDS, .id = 0ull << 32 | 4294967294},
	{.kind = SUBJECT_UIDS, .id = 6ull << 32 | 11},
	{.kind = SUBJECT_UIDS, .id = 5ull << 32 | 10}, /* as wide, and begins first */
	{.kind = SUBJECT_UIDS, .id = 8ull << 32 | 1000},
	{.kind = SUBJECT_GID, .id = 7},
	{.kind = SUBJECT_EXE, .id = 7, .path = "/bin/a"},
	{.kind = SUBJECT_EXE, .id = 1ull << 60, .path = "/bin/b"},
	{.kind = SUBJECT_GIDS, .id = 6ull << 32 | 11},
	{.kind = SUBJECT_GIDS, .id = 5ull << 32 | 10},
};

static char world_sets[][SET_SIZE] = {"", "one", "two", "three", "four"};

struct world {
	const uint8_t *bytes;
	size_t left;
	uint64_t dice; /* for the calls */
	struct tables t;
	/* By slot. A rule's extra is that of its slot, where it has one. */
	struct rule rules[WORLD_RULES];
	struct extra extras[WORLD_RULES];
	struct naive_rule naive[WORLD_RULES];
	uint32_t n, last_id;
	struct call calls[WORLD_CALLS];
	uint32_t n_calls;
};

/* Returns 0 to n - 1, from the input bytes; 0 after the last byte. */
static inline uint32_t world_choose(struct world *w, uint32_t n)
{
	if (!w->left)
		return 0;
	w->left--;
	return *w->bytes++ % n;
}

static inline uint32_t world_dice(struct world *w, uint32_t n)
{
	w->dice = w->dice * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(w->dice >> 33) % n;
}

static inline void ip_mask(union ip *ip, uint32_t len)
{
	for (uint32_t bit = len; bit < 128; bit++)
		ip->b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static inline union ip ip_last(union ip ip, uint32_t len)
{
	for (uint32_t bit = len; bit < 128; bit++)
		ip.b[bit / 8] |= 0x80 >> bit % 8;
	return ip;
}

/* One up or down, in a circle. */
static inline union ip ip_step(union ip ip, int by)
{
	for (int i = 15; i >= 0; i--) {
		ip.b[i] = (uint8_t)(ip.b[i] + by);
		if (ip.b[i] != (by > 0 ? 0 : 255))
			break;
	}
	return ip;
}

static inline union ip world_ip(struct world *w, bool v4)
{
	static const uint8_t bytes[] = {0, 1, 2, 10, 127, 128, 254, 255};
	union ip ip = {.b = {0x20, 0x01, 0x0d, 0xb8}};

	if (v4)
		ip = (union ip){.w = {0, 0, MAPPED_PREFIX, 0}};
	for (uint32_t i = v4 ? 12 : 2 * world_choose(w, 8), n = v4 ? 4 : 2; n; i++, n--)
		ip.b[i] = bytes[world_choose(w, OF(bytes))];
	return ip;
}

static inline uint32_t world_len(struct world *w, bool v4)
{
	static const uint8_t lens[] = {32, 24, 16, 8, 31, 30, 25, 23, 20, 17, 15, 12, 9, 7, 1, 0};
	uint32_t how = world_choose(w, 32);

	if (how < OF(lens))
		return v4 ? 96 + lens[how] : 4 * lens[how];
	return v4 ? 96 + world_choose(w, 33) : world_choose(w, 129);
}

static inline void world_prefix(struct world *w, union ip *ip, uint32_t *len)
{
	uint32_t how = world_choose(w, 4);
	const struct rule *near = how < 2 && w->n ? &w->rules[world_choose(w, w->n)] : NULL;
	bool v4 = near ? prefix_is_v4(&near->ip, action_len(near->action)) : how != 3;

	*ip = near ? near->ip : world_ip(w, v4);
	*len = near && how ? action_len(near->action) : world_len(w, v4);
	if (near && !how)
		ip->b[v4 ? 12 + world_choose(w, 4) : world_choose(w, 16)] ^= (uint8_t)world_choose(w, 256);
	if (ip_is_name(ip))
		ip->b[1] = 0; /* no rule is for such an address */
	ip_mask(ip, *len);
}

static inline uint64_t world_action(struct world *w, uint32_t len, uint32_t proto)
{
	return action_make(world_choose(w, VERDICTS), 1 + world_choose(w, 2), len, proto, 0);
}

static inline struct extra world_extra(struct world *w)
{
	static const uint64_t expires[] = {0, 0, 1, WORLD_NOW - 1, WORLD_NOW, WORLD_NOW + 1};
	struct extra extra = {.expires = expires[world_choose(w, OF(expires))]};

	if (!world_choose(w, 4))
		memset(extra.comment, 'x', world_choose(w, COMMENT_SIZE));
	return extra;
}

static inline bool world_has_extra(const struct extra *extra)
{
	return extra->expires || extra->comment[0];
}

static inline struct rule world_rule(struct world *w)
{
	static const uint16_t protos[] = {PROTO_ANY, 6, 17, 1, PROTO_RAW, 255, 0};
	static const uint16_t ports[][2] = {{0, 65535}, {443, 443}, {80, 90},	   {85, 95},
					    {1, 65535}, {0, 0},	    {65535, 65535}};
	/* Often two that overlap and are as wide as one another, so that the verdict says which comes first. */
	const uint16_t *range = ports[world_choose(w, 2) ? 2 + world_choose(w, 2) : world_choose(w, OF(ports))];
	struct rule rule = {.port_lo = range[0],
			    .port_hi = range[1],
			    .subject = (uint16_t)world_choose(w, 2 * OF(world_subjects)),
			    .set = (uint16_t)world_choose(w, OF(world_sets))};
	uint32_t len;

	/* Often a twin. */
	if (w->n && !world_choose(w, 4)) {
		uint16_t set = rule.set;

		rule = w->rules[world_choose(w, w->n)];
		rule.set = set;
		rule.action = world_action(w, action_len(rule.action), action_proto(rule.action));
		return rule;
	}
	if (rule.subject >= OF(world_subjects))
		rule.subject = 0;
	world_prefix(w, &rule.ip, &len);
	rule.action = world_action(w, len, protos[world_choose(w, 2) ? 0 : world_choose(w, OF(protos))]);
	return rule;
}

static inline struct naive_rule world_naive(const struct rule *rule, const struct extra *extra)
{
	const struct subject_source *subject = &world_subjects[rule->subject];

	return (struct naive_rule){.there = rule->id != 0,
				   .ip = rule->ip,
				   .len = action_len(rule->action),
				   .port_lo = rule->port_lo,
				   .port_hi = rule->port_hi,
				   .proto = action_proto(rule->action),
				   .kind = subject->kind,
				   .subject = subject->id,
				   .set = rule->set,
				   .verdict = (enum verdict)action_verdict(rule->action),
				   .expires = extra->expires};
}

/* Puts a rule in a slot of the world, not of the tables. */
static inline void world_put(struct world *w, uint32_t slot, const struct rule *rule, const struct extra *extra)
{
	w->rules[slot] = *rule;
	w->extras[slot] = *extra;
	w->naive[slot] = world_naive(rule, extra);
}

static inline int64_t world_find(const struct world *w, const struct rule *rule)
{
	for (uint32_t i = 0; i < w->n; i++) {
		const struct rule *there = &w->rules[i];

		if (there->id && !memcmp(&there->ip, &rule->ip, sizeof(rule->ip)) &&
		    action_len(there->action) == action_len(rule->action) &&
		    action_proto(there->action) == action_proto(rule->action) && there->port_lo == rule->port_lo &&
		    there->port_hi == rule->port_hi && there->subject == rule->subject && there->set == rule->set)
			return i;
	}
	return -1;
}

/* Closes the gaps of removed rules, and compiles the rest. */
static inline int world_compile(struct world *w, uint32_t more_rules, uint32_t more_lines, struct error *err)
{
	struct rule rules[WORLD_RULES];
	struct source source = {.rules = rules,
				.subjects = world_subjects,
				.n_subjects = OF(world_subjects),
				.sets = world_sets,
				.n_sets = OF(world_sets),
				.extras = w->extras};

	for (uint32_t i = 0; i < w->n; i++) {
		struct rule rule = w->rules[i];
		struct extra extra = w->extras[i];

		if (rule.id)
			world_put(w, source.n_rules++, &rule, &extra);
	}
	w->n = source.n_rules;
	for (uint32_t i = 0; i < w->n; i++) {
		rules[i] = w->rules[i];
		if (world_has_extra(&w->extras[i]))
			rules[i].action |= (uint64_t)(i + 1) << 32;
	}
	if (memory_open(&w->t, &source, more_rules, more_lines, err))
		return -1;
	w->t.config->last_id = w->last_id;
	return 0;
}

static inline void world_call(struct world *w, union ip ip, const struct rule *rule)
{
	static const uint32_t ports[] = {0, 1, 79, 80, 85, 90, 91, 95, 443, 65535, NO_PORT};
	static const uint32_t protos[] = {6, 17, 1, PROTO_RAW, 255};
	static const uint32_t ids[] = {0, 5, 7, 10, 11, 12, 1000, 1001};
	uint32_t proto = rule && world_dice(w, 4) ? action_proto(rule->action) : PROTO_ANY;
	static const uint64_t exes[] = {0, 7, 11, 1ull << 60};
	uint32_t in = world_dice(w, OF(world_cgroups) + 2); /* none, more often than one of them */

	if (w->n_calls == WORLD_CALLS)
		return;
	w->calls[w->n_calls++] = (struct call){
		.ip = ip,
		.port = rule && world_dice(w, 2) ? rule->port_lo : ports[world_dice(w, OF(ports))],
		.proto = proto == PROTO_ANY ? protos[world_dice(w, OF(protos))] : proto,
		.raw = !world_dice(w, 4),
		.uid = ids[world_dice(w, OF(ids))],
		.gid = ids[world_dice(w, OF(ids))],
		.exe = exes[world_dice(w, OF(exes))],
		.cgroups = in < OF(world_cgroups) ? world_cgroups + in : NULL,
		.n_cgroups = in < OF(world_cgroups) ? OF(world_cgroups) - in : 0,
		.now = WORLD_NOW - 1 + world_dice(w, 3),
	};
}

/* Sends to the ends of a rule's prefix, and to addresses next to them. */
static inline void world_calls_around(struct world *w, const struct rule *rule, uint32_t some)
{
	union ip last = ip_last(rule->ip, action_len(rule->action));
	const union ip ends[] = {rule->ip, ip_step(last, 1), last, ip_step(rule->ip, -1)};

	for (uint32_t i = 0, from = world_dice(w, 4); i < some; i++)
		world_call(w, ends[(from + i) % 4], (from + i) % 2 ? NULL : rule);
}

static inline const char *world_words(const struct call *call)
{
	static char text[128];
	size_t at = 0;

	for (size_t i = 0; i < 16; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%02x%s", call->ip.b[i],
				       i % 2 && i < 15 ? ":" : "");
	snprintf(text + at, sizeof(text) - at, " port %u proto %u%s uid %u gid %u cgroups %zu now %u", call->port,
		 call->proto, call->raw ? " raw" : "", call->uid, call->gid, call->n_cgroups, (unsigned int)call->now);
	return text;
}

/* True when the tables hide a rule: see abi.h. */
static inline bool world_hides(struct world *w)
{
	const struct subject *everyone = (const struct subject *)tables_line(&w->t, w->t.header->subject_line);

	return everyone->root[0] || everyone->root[1];
}

/* Each rule is in its slot as it was put there, with its words. */
static inline void world_check_rules(struct world *w)
{
	static const struct extra none;

	for (uint32_t i = 0; i < w->n; i++) {
		const struct rule *rule = tables_rule(&w->t, i), *wanted = &w->rules[i];
		const struct extra *extra = &none;
		uint32_t line = rule ? action_extra(rule->action) : 0;

		if (!rule || rule->id != wanted->id)
			BROKEN("slot %u: another rule", i);
		if (!rule->id)
			continue;
		if (line)
			extra = mapped_at(&w->t.arena, (size_t)line * sizeof(struct line),
					  offsetof(struct extra, comment) + strlen(w->extras[i].comment) + 1);
		if (!extra || extra->expires != w->extras[i].expires ||
		    strcmp(extra->comment, w->extras[i].comment) != 0)
			BROKEN("slot %u: another extra", i);
		if ((uint32_t)rule->action != (uint32_t)wanted->action || rule->set != wanted->set ||
		    rule->subject != wanted->subject || world_find(w, rule) != i)
			BROKEN("slot %u: another rule", i);
	}
}

/* Every decision about the calls is the naive one. */
static inline void world_check_calls(struct world *w, const char *when)
{
	for (uint32_t i = 0; i < w->n_calls; i++) {
		int64_t wanted = naive_decide(w->naive, w->n, &w->calls[i]);
		int64_t found = memory_decide(&w->t, &w->calls[i]);

		if (found != wanted)
			BROKEN("%s: %s: rule %d decides, not %d", when, world_words(&w->calls[i]), (int)found,
			       (int)wanted);
	}
}

/* What is near a destination is found by the tries. */
static inline void world_check_near(struct world *w)
{
	for (uint32_t i = 0; i < w->n_calls; i++) {
		bool v4 = ip_is_v4(&w->calls[i].ip);
		struct prefix prefix = {.ip = w->calls[i].ip,
					.len = (uint8_t)(v4 ? 96 + world_dice(w, 33) : world_dice(w, 129))};
		struct near near = {};

		ip_mask(&prefix.ip, prefix.len);
		if (!near_add(&w->t, &prefix, &near))
			BROKEN("nothing is found near %s/%u", world_words(&w->calls[i]), prefix.len);
		for (uint32_t slot = 0; slot < w->n; slot++) {
			const struct prefix its = {.ip = w->rules[slot].ip,
						   .len = (uint8_t)action_len(w->rules[slot].action)};
			bool found = !w->rules[slot].id ||
				     (!prefix_contains(&its, &prefix) && !prefix_contains(&prefix, &its));

			for (size_t n = 0; !found && n < near.n; n++)
				found = near.at[n] == slot;
			if (!found)
				BROKEN("rule %u is not found near %s/%u", slot, world_words(&w->calls[i]), prefix.len);
		}
		free(near.at);
	}
}

#endif
