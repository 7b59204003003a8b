// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small worlds, all of them: every set of two or three rules of a list is compiled, sort, twins, places and all, and
 * each call of a list is looked up in the tables. Every decision must be the one that a look at all rules gives
 * (tests/unit/naive.h). Says which sets and calls these were. enumerate WORLD runs one of the worlds below; enumerate
 * prints their names.
 *
 * The addresses are 4 bits across a byte boundary of an address (for IPv6 across its middle, too), an address on each
 * side of these, all prefixes of them, and a prefix of all addresses. The filters in front of the tables are not part
 * of this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "tests/unit/memory.h"

#define OF(array) (sizeof(array) / sizeof((array)[0]))
#define BITS	  4
#define SPACE	  (1u << BITS)
#define MOST	  2048
#define NOW	  1000

enum {
	EVERYONE,
	UID,
	RANGE,
	RANGE2,
	GID,
	GROUPS,
	PROGRAM,
	CGROUP,
	CHILD,
	PATTERN
};

static const struct subject_source subjects[] = {
	[EVERYONE] = {.kind = SUBJECT_EVERYONE},
	[UID] = {.kind = SUBJECT_UID, .id = 7},
	[RANGE] = {.kind = SUBJECT_UIDS, .id = 6ull << 32 | 11},
	[RANGE2] = {.kind = SUBJECT_UIDS, .id = 5ull << 32 | 10}, /* as wide, and begins first */
	[GID] = {.kind = SUBJECT_GID, .id = 7},			  /* as the user */
	[GROUPS] = {.kind = SUBJECT_GIDS, .id = 6ull << 32 | 11},
	[PROGRAM] = {.kind = SUBJECT_EXE, .id = 7, .path = "/a"},
	[CGROUP] = {.kind = SUBJECT_CGROUP, .id = 7, .path = "/a"},
	[CHILD] = {.kind = SUBJECT_CGROUP, .id = 9, .path = "/a/b"},
	[PATTERN] = {.kind = SUBJECT_CGROUP, .id = 8, .path = "/a/*"}, /* after the child's name */
};
static const uint64_t cgroups[] = {9, 8, 7};
static char sets[][SET_SIZE] = {"", "one", "two"};
static const struct extra extras[] = {{.expires = NOW}, {.expires = NOW + 1}};
static const uint16_t ports[][2] = {{0, 65535}, {80, 80}, {80, 90}, {85, 95}};
static const uint32_t asked_ports[] = {80, 85, 95, NO_PORT};
static const uint16_t protos[] = {PROTO_ANY, 6, PROTO_RAW};
static const uint32_t asked_protos[] = {17, 6, 17};
static const uint8_t verdicts[] = {VERDICT_BLOCK, VERDICT_ALLOW, VERDICT_AUDIT};
/* Each with each other, the two that are 7 and those in ranges among them. */
static const uint32_t ids[][3] = {{7, 12, 7}, {11, 7, 7}, {5, 11, 0}, {12, 7, 0}, {12, 12, 7}}; /* uid, gid, program */

/* How many of each of the above, and how many rules in a set. */
static const struct world {
	const char *name;
	uint32_t rules;
	uint32_t below;	 /* bits of an address below those that differ */
	bool v6, narrow; /* narrow: few addresses */
	uint32_t ports, protos, verdicts, sets, timeouts, subjects;
} worlds[] = {
	{"ipv4", 3, 6, false, false, 2, 1, 2, 1, 1, 1}, /* across the last byte boundary */
	{"ipv6", 3, 62, true, false, 2, 1, 2, 1, 1, 1}, /* across the middle, where the two halves meet */
	{"rich", 2, 6, false, false, 4, 3, 3, 1, 1, 1}, /* ports and protocols */
	{"rich6", 2, 62, true, false, 4, 3, 3, 1, 1, 1},
	{"twins", 3, 6, false, true, 2, 1, 2, 3, 3, 1},	    /* the same rule in several sets, and timeouts */
	{"subjects", 2, 6, false, true, 2, 2, 2, 3, 2, 10}, /* users, groups, ranges of both, programs, cgroups */
};
static const struct world *world;

static struct rule all[MOST];
static struct naive_rule plain[MOST];
static uint32_t n_all;
static struct call calls[1024];
static uint32_t n_calls;
/* What the naive matcher says: whether a rule matches a call, and which of two rules that both match one decides. */
static uint8_t matches[MOST][1024];
static bool second[MOST][MOST];
static uint64_t n_sets, n_asked;

/* x may lie on either side of the space. */
static union ip address(int x)
{
	unsigned __int128 ip;

	if (!world->v6)
		return (union ip){.w = {0, 0, MAPPED_PREFIX, be32(0x0a400000u + ((uint32_t)x << world->below))}};
	ip = ((unsigned __int128)0x20010db8u << 96) + ((unsigned __int128)x << world->below);
	return (union ip){.d = {be64((uint64_t)(ip >> 64)), be64((uint64_t)ip)}};
}

static void add_rule(const struct rule *rule, uint32_t len)
{
	uint32_t extra = action_extra(rule->action);

	if (n_all == MOST)
		abort();
	plain[n_all] = (struct naive_rule){.there = true,
					   .ip = rule->ip,
					   .len = len,
					   .port_lo = rule->port_lo,
					   .port_hi = rule->port_hi,
					   .proto = action_proto(rule->action),
					   .kind = subjects[rule->subject].kind,
					   .subject = subjects[rule->subject].id,
					   .set = rule->set,
					   .verdict = (enum verdict)action_verdict(rule->action),
					   .expires = extra ? extras[extra - 1].expires : 0};
	all[n_all++] = *rule;
}

static void add_prefix(union ip ip, uint32_t len)
{
	const struct world *w = world;

	for (uint32_t n = w->ports * w->protos * w->verdicts * w->sets * w->timeouts * w->subjects; n-- > 0;) {
		uint32_t left = n;
		struct rule rule = {.ip = ip};
		uint32_t verdict = verdicts[left % w->verdicts], proto, extra;

		left /= w->verdicts;
		proto = protos[left % w->protos];
		left /= w->protos;
		rule.port_lo = ports[left % w->ports][0];
		rule.port_hi = ports[left % w->ports][1];
		left /= w->ports;
		rule.set = (uint16_t)(left % w->sets);
		left /= w->sets;
		extra = left % w->timeouts;
		left /= w->timeouts;
		rule.subject = (uint16_t)left;
		rule.action = action_make(verdict, 1, len, proto, extra);
		add_rule(&rule, len);
	}
}

static void add_rules(void)
{
	uint32_t top = 128 - world->below - BITS;

	for (uint32_t bits = world->narrow ? BITS - 1 : 0; bits <= BITS; bits++) {
		for (uint32_t x = 0; x < (world->narrow ? 1 : SPACE); x += SPACE >> bits)
			add_prefix(address((int)x), top + bits);
	}
	if (world->narrow)
		return;
	add_prefix(world->v6 ? (union ip){} : (union ip){.w = {0, 0, MAPPED_PREFIX, 0}}, world->v6 ? 0 : 96);
	add_prefix(address(3), 128); /* much longer than the others */
}

static void add_calls(int x)
{
	const struct world *w = world;
	uint32_t n_ids = w->subjects > 1 ? (uint32_t)OF(ids) : 1, in = w->subjects > 1 ? (uint32_t)OF(cgroups) + 1 : 1;
	union ip ip = address(x);

	/* Below: anything. */
	if (x >= 0 && x < (int)SPACE && x != 3)
		ip.b[15] |= (uint8_t)((uint32_t)x * 37 % (1u << (w->below < 8 ? w->below : 8)));
	for (uint32_t n = w->ports * w->protos * n_ids * in; n-- > 0;) {
		uint32_t left = n, proto = left % w->protos, cgroup;
		struct call call = {.ip = ip, .proto = asked_protos[proto], .raw = proto == 2, .now = NOW};

		left /= w->protos;
		call.port = asked_ports[left % w->ports];
		left /= w->ports;
		call.uid = ids[left % n_ids][0];
		call.gid = ids[left % n_ids][1];
		call.exe = ids[left % n_ids][2];
		cgroup = left / n_ids;
		if (cgroup < OF(cgroups) && in > 1) {
			call.cgroups = cgroups + cgroup;
			call.n_cgroups = OF(cgroups) - cgroup;
		}
		if (n_calls == OF(calls))
			abort();
		calls[n_calls++] = call;
	}
}

/* Asks the naive matcher about each rule, and about each two that have a call in common. */
static void ask_naive(void)
{
	for (uint32_t i = 0; i < n_all; i++) {
		for (uint32_t c = 0; c < n_calls; c++)
			matches[i][c] = naive_decide(&plain[i], 1, &calls[c]) == 0;
	}
	for (uint32_t i = 0; i < n_all; i++) {
		for (uint32_t j = i + 1; j < n_all; j++) {
			const struct naive_rule two[] = {plain[i], plain[j]};
			uint32_t c = 0;

			while (c < n_calls && !(matches[i][c] & matches[j][c]))
				c++;
			second[i][j] = c < n_calls && naive_decide(two, 2, &calls[c]) == 1;
		}
	}
}

static void print_rule(const char *what, uint32_t i)
{
	static const char *const names[] = {
		[VERDICT_BLOCK] = "block", [VERDICT_ALLOW] = "allow", [VERDICT_AUDIT] = "audit"};

	printf("  %s %s ", what, names[plain[i].verdict]);
	for (int b = 0; b < 16; b++)
		printf("%02x%s", plain[i].ip.b[b], b % 2 && b < 15 ? ":" : "");
	printf("/%u port %u-%u proto %u subject %u set %u expires %u\n", plain[i].len, plain[i].port_lo,
	       plain[i].port_hi, plain[i].proto, all[i].subject, all[i].set, (unsigned int)plain[i].expires);
}

/* The place of a call's cgroup: /a/b, which is in the pattern too, /a/c, or /a. */
static uint32_t place_of(struct tables *t, const struct call *call)
{
	uint32_t place = place_of_child(t, t->header->cgroups, 1, "a");

	if (call->n_cgroups == 1 || place == PLACE_BROKEN)
		return place;
	return place_of_child(t, t->header->cgroups, place, call->n_cgroups == 3 ? "b" : "c");
}

/* A user or a group, then the ranges with it. */
static uint32_t look_up_ids(struct tables *t, const struct call *call, enum subject_kind kind, uint32_t id)
{
	uint32_t list = range_list(kind), ref = memory_ask(t, call, kind, id);
	struct generation g = {.t = t};

	for (uint32_t i = 0; !ref && i < t->header->ranges[list]; i++) {
		uint64_t range = range_at(&g, t->header, list, i);

		if (range_has(range, id))
			ref = memory_ask(t, call, (enum subject_kind)range_kind(kind), range);
	}
	return ref;
}

/* The slot that the tables give, -1 for none, -2 when they are broken. */
static int look_up(struct tables *t, const struct call *call)
{
	uint32_t ref = 0;

	if (t->header->cgroups && call->n_cgroups)
		ref = memory_ask_place(t, call, place_of(t, call));
	if (!ref && world->subjects > 1)
		ref = look_up_ids(t, call, SUBJECT_UID, call->uid);
	if (!ref && world->subjects > 1)
		ref = look_up_ids(t, call, SUBJECT_GID, call->gid);
	if (!ref && world->subjects > 1 && call->exe)
		ref = memory_ask(t, call, SUBJECT_EXE, call->exe);
	if (!ref)
		ref = memory_ask(t, call, SUBJECT_EVERYONE, 0);
	return ref == REF_BROKEN ? -2 : ref ? (int)(ref & ~REF_LEAF) : -1;
}

static struct mapped all_of(void *base, size_t size)
{
	static uint8_t here[64];

	memset(here, 1, sizeof(here));
	if (size > OF(here) * MAPPED_CHUNK)
		abort();
	return (struct mapped){.fd = -1, .size = size, .base = base, .mapped = here};
}

static void check(const uint32_t *pick, uint32_t n)
{
	static struct arena arena;
	struct rule rules[3];
	struct error err = {};
	struct tables t = {};
	struct source source = {.rules = rules,
				.n_rules = n,
				.subjects = subjects,
				.n_subjects = world->subjects,
				.sets = sets,
				.n_sets = world->sets,
				.extras = extras};

	for (uint32_t i = 0; i < n; i++) {
		rules[i] = all[pick[i]];
		rules[i].id = i + 1;
	}
	/* The memory is used again; arena_lines() zeroes it. */
	arena.n = arena.base = arena.spare = arena.n_spare = 0;
	if (compile(&source, &arena, &err)) {
		printf("wrong: a set does not compile: %s\n", err.text);
		exit(EXIT_FAILURE);
	}
	n_sets++;
	n_asked += n_calls;
	t.arena = all_of(arena.lines, arena.n * sizeof(struct line));
	t.rules = all_of(rules, n * sizeof(rules[0]));
	t.header = (struct header *)arena.lines;
	for (uint32_t c = 0; c < n_calls; c++) {
		int wanted = -1, found = look_up(&t, &calls[c]);

		for (uint32_t i = 0; i < n; i++) {
			if (matches[pick[i]][c] && (wanted < 0 || second[pick[wanted]][pick[i]]))
				wanted = (int)i;
		}
		if (found == wanted)
			continue;
		printf("wrong: %s: call %u: rule %d decides, not %d, of\n", world->name, c, found, wanted);
		for (uint32_t i = 0; i < n; i++)
			print_rule("", pick[i]);
		exit(EXIT_FAILURE);
	}
}

static bool same_identity(uint32_t a, uint32_t b)
{
	return plain[a].len == plain[b].len && !memcmp(&all[a].ip, &all[b].ip, sizeof(all[a].ip)) &&
	       plain[a].proto == plain[b].proto && all[a].port_lo == all[b].port_lo &&
	       all[a].port_hi == all[b].port_hi && all[a].subject == all[b].subject && all[a].set == all[b].set;
}

static void choose(uint32_t *pick, uint32_t n, uint32_t from)
{
	if (n)
		check(pick, n);
	if (n == world->rules)
		return;
	for (uint32_t i = from; i < n_all; i++) {
		bool twice = false;

		for (uint32_t j = 0; j < n && !twice; j++)
			twice = same_identity(pick[j], i);
		if (twice)
			continue;
		pick[n] = i;
		choose(pick, n + 1, i + 1);
	}
}

int main(int argc, char **argv)
{
	uint32_t pick[3];

	for (size_t i = 0; i < OF(worlds); i++) {
		if (argc < 2)
			puts(worlds[i].name);
		else if (!strcmp(argv[1], worlds[i].name))
			world = &worlds[i];
	}
	if (argc < 2)
		return EXIT_SUCCESS;
	if (!world)
		return EXIT_FAILURE;
	add_rules();
	for (int x = -1; x <= (world->narrow ? 2 : (int)SPACE); x++)
		add_calls(x);
	ask_naive();
	choose(pick, 0, 0);
	printf("%llu sets of up to %u of %u rules, %llu calls\n", (unsigned long long)n_sets, world->rules, n_all,
	       (unsigned long long)n_asked);
	return EXIT_SUCCESS;
}
