/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs' walk, through the windows of a command. */
#ifndef LSMCTL_TABLES_WALK_H
#define LSMCTL_TABLES_WALK_H

#include "tables.h"
#include "../bpf/walk.h"

struct generation {
	struct tables *t;
	__u64 now; /* CLOCK_BOOTTIME, ns */
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

	return e && extra_is_over(e, g->now);
}

#endif
