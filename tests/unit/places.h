/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables with rules for cgroups, by their paths. */
#ifndef LSMCTL_TEST_PLACES_H
#define LSMCTL_TEST_PLACES_H

#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include "memory.h"
#include "table/places.h"

#define MOST 40

static struct subject_source subjects[MOST + 1];
static char paths[MOST + 1][64];
static uint32_t n_subjects;

static inline void wanted(const char *path)
{
	for (uint32_t i = 1; i < n_subjects; i++) {
		if (!strcmp(paths[i], path))
			return;
	}
	snprintf(paths[n_subjects], sizeof(paths[0]), "%s", path);
	subjects[n_subjects] = (struct subject_source){.kind = SUBJECT_CGROUP, .path = paths[n_subjects]};
	n_subjects++;
}

static inline void begin(void)
{
	memset(paths, 0, sizeof(paths));
	n_subjects = 1;
	subjects[0] = (struct subject_source){.kind = SUBJECT_EVERYONE};
}

/* The tables of these subjects, with a rule for each. */
static inline int open_tables(struct tables *t, struct error *err)
{
	static char sets[1][SET_SIZE];
	static struct rule rules[MOST + 1];
	const struct source source = {.rules = rules,
				      .n_rules = n_subjects,
				      .n_v4 = n_subjects,
				      .subjects = subjects,
				      .n_subjects = n_subjects,
				      .sets = sets,
				      .n_sets = 1};

	for (uint32_t i = 0; i < n_subjects; i++)
		rules[i] = (struct rule){.ip = {.b = {[10] = 0xff, 0xff, 1, 1, 1, 1}},
					 .action = action_make(VERDICT_BLOCK, 1, 128, PROTO_ANY, 0),
					 .id = i + 1,
					 .port_hi = 65535,
					 .subject = (uint16_t)i};
	return memory_open(t, &source, 0, 0, err);
}

static inline void open_or_fail(struct tables *t)
{
	struct error err = {};

	if (open_tables(t, &err))
		fail_msg("%s", err.text);
}

#endif
