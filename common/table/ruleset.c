// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include "bind.h"
#include "decode.h"
#include "names_now.h"
#include "names_read.h"
#include "ruleset_impl.h"
#include "settings.h"

struct ruleset *ruleset_open(const struct pins *pins, enum ruleset_access access, struct error *err)
{
	static const enum tables_access accesses[] = {
		[RULESET_READ] = TABLES_READ,
		[RULESET_WRITE] = TABLES_WRITE,
		[RULESET_CONFIRM] = TABLES_CONFIRM,
		[RULESET_UNPUBLISHED] = TABLES_UNPUBLISHED,
	};
	struct ruleset *rs = calloc(1, sizeof(*rs));

	if (!rs) {
		error_errno(err, ENOMEM, "cannot open the rules");
		return NULL;
	}
	if (tables_open(&rs->t, pins, accesses[access], err)) {
		free(rs);
		return NULL;
	}
	if (names_read(&rs->t)) {
		error_set(err, ERR_SYSTEM, "cannot read the names in the rules pinned in %s", pins->path);
		ruleset_close(rs);
		return NULL;
	}
	/* The trial expired without a confirmation. */
	if (access == RULESET_WRITE && rs->t.config->trial_until && ruleset_end_trial(rs, false, err)) {
		ruleset_close(rs);
		return NULL;
	}
	/* A writer was killed during a change. The rules are right: compile the tables from them. */
	if (access == RULESET_WRITE && rs->t.config->pending && ruleset_recompile(rs, err)) {
		ruleset_close(rs);
		return NULL;
	}
	return rs;
}

void ruleset_close(struct ruleset *rs)
{
	tables_close(&rs->t);
	free(rs);
}

int ruleset_detach(struct ruleset *rs, struct error *err)
{
	const union ip any = {};
	int ret;

	bind_now(&rs->t, 0); /* the map of cgroups may be gone later */
	if (rs->t.config->special.ruled)
		names_now(&rs->t, &any); /* so may that of addresses */
	ret = tables_detach(&rs->t);

	return ret ? error_errno(err, -ret, "cannot copy the rules") : 0;
}

void ruleset_cgroups(struct ruleset *rs, struct cgroup_tally *tally)
{
	*tally = (struct cgroup_tally){};
	if (!rs->t.header)
		return;
	if (rs->t.header->cgroups)
		tally->unbound = bind_lost(rs->t.config, rs->t.generation);
	for (uint32_t i = 1; i < rs->t.header->subjects; i++) {
		const struct subject *subject = decode_subject_at(&rs->t, i);

		if (subject && subject->kind == SUBJECT_EXE)
			tally->exes++;
		if (!subject || subject->kind != SUBJECT_CGROUP)
			continue;
		tally->paths++;
		tally->missing += bind_now(&rs->t, i) == 0;
	}
}

bool ruleset_is_pending(const struct ruleset *rs)
{
	return rs->t.config->pending != 0;
}

void ruleset_set_keeper(struct ruleset *rs, const struct keeper *keeper)
{
	rs->t.keeper = keeper;
}

struct config *ruleset_config(struct ruleset *rs)
{
	return rs->t.config;
}

const struct settings *ruleset_settings(struct ruleset *rs)
{
	return tables_settings(&rs->t);
}

void ruleset_put_settings(struct ruleset *rs, const struct settings *settings)
{
	const __u32 slot = rs->t.generation & 1;

	settings_put(rs->t.config, slot, settings);
	/* As publishing does: no program looks there now, but calls are slower while either slot blocks by default. */
	settings_put(rs->t.config, !slot, settings);
}

struct mapped *ruleset_shared(struct ruleset *rs)
{
	return &rs->t.shared;
}

uint64_t ruleset_trial_left(struct ruleset *rs)
{
	return tables_trial_left(&rs->t);
}

const struct settings *ruleset_other_settings(const struct ruleset *rs)
{
	return tables_on_trial(&rs->t) ? &rs->t.config->settings[!(rs->t.generation & 1)] : NULL;
}

struct ruleset *ruleset_imagine(uint32_t max_rules, struct error *err)
{
	struct imagined {
		struct ruleset rs; /* first member: ruleset_close() frees it */
		struct config config;
	} *imagined = calloc(1, sizeof(*imagined));

	if (!imagined) {
		error_errno(err, ENOMEM, "cannot build the ruleset");
		return NULL;
	}
	imagined->config.max_rules = max_rules;
	imagined->rs = (struct ruleset){.t = {.config = &imagined->config,
					      .shared = MAPPED_CLOSED,
					      .outer = {-1, -1, -1},
					      .cgroups = -1,
					      .peek = -1,
					      .arena = MAPPED_CLOSED,
					      .rules = MAPPED_CLOSED,
					      .counters = MAPPED_CLOSED}};
	return &imagined->rs;
}
