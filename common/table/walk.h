/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the programs' walk on the mapped tables of a command. */
#ifndef LSMCTL_TABLE_WALK_H
#define LSMCTL_TABLE_WALK_H

#include "bpf/walk.h"
#include "store.h"

struct generation {
	struct tables *t;
	__u64 now;   /* CLOCK_BOOTTIME, ns */
	__u64 *name; /* of a cgroup, for place.h: NAME_WORDS words */
};

static inline const struct line *line_at(struct generation *g, __u32 line)
{
	return tables_line(g->t, line);
}

static inline const struct rule *rule_at(struct generation *g, __u32 slot)
{
	return tables_rule(g->t, slot);
}

static inline int is_over(struct generation *g, __u32 extra)
{
	const struct extra *e = (const struct extra *)tables_line(g->t, extra);

	return e ? extra_is_over(e, g->now) : -1;
}

#endif
