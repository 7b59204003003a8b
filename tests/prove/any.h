/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk's memory for the proofs: each look finds any bytes at all, or nothing. That is more than any tables can be,
 * also tables that a process writes meanwhile. Each look gives an object of the size of a line or a rule, so that CBMC
 * sees a read outside of it. The BPF programs' and the commands' own line_at() and rule_at() are not here: the
 * verifier checks those of the programs.
 */
#ifndef LSMCTL_PROVE_ANY_H
#define LSMCTL_PROVE_ANY_H

#include <assert.h>
#include <stddef.h>
#include "bpf/abi.h"

/* The only asm statement hides a value from the compiler. CBMC takes its result for any value. */
#define asm(...)
#ifdef STEPS
#undef WALK_STEPS
#define WALK_STEPS STEPS
#endif
#include "bpf/walk.h"

_Bool nondet_bool(void);
int nondet_int(void);
__u32 nondet_u32(void);
__u64 nondet_u64(void);
struct line nondet_line(void);
struct rule nondet_rule(void);
struct header nondet_header(void);

struct generation {
	__u32 lines, rules; /* looks */
	__u32 end;	    /* with ARENA_ENDS: the first line that does not exist */
	_Bool broken;	    /* a look found nothing */
};

static struct line any_line;
static struct rule any_rule;

/* CBMC: the members of a union in which nothing was stored do not agree. So this stores something. */
static inline union ip any_ip(void)
{
	return (union ip){.d = {nondet_u64(), nondet_u64()}};
}

static inline struct query any_query(void)
{
	return (struct query){.ip = any_ip(), .call = nondet_u32()};
}

static inline const struct line *line_at(struct generation *g, __u32 line)
{
	g->lines++;
#ifdef ARENA_ENDS
	if (line >= g->end) {
#else
	if (nondet_bool()) {
#endif
		g->broken = 1;
		return NULL;
	}
	any_line = nondet_line();
	return &any_line;
}

/* REF_BROKEN names no slot: no map of rules is that long. */
#define MAX_SLOTS 0x4000000u

static inline const struct rule *rule_at(struct generation *g, __u32 slot)
{
	g->rules++;
	if (slot >= MAX_SLOTS || nondet_bool()) {
		g->broken = 1;
		return NULL;
	}
	any_rule = nondet_rule();
	any_rule.ip = any_ip();
	return &any_rule;
}

static inline int is_over(struct generation *g, __u32 extra)
{
	(void)extra;
	if (nondet_bool()) {
		g->broken = 1;
		return -1;
	}
	return nondet_bool();
}

#endif
