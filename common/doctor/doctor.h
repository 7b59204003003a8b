/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks whether this kernel can enforce, and whether the loaded policy does. Each finding has advice. */
#ifndef LSMCTL_DOCTOR_DOCTOR_H
#define LSMCTL_DOCTOR_DOCTOR_H

#include "base/error.h"
#include "host/kernel.h"
#include "policy/loader.h"
#include "policy/truth.h"

enum check_state {
	CHECK_GOOD,
	CHECK_WARNING,	  /* works, with a remark */
	CHECK_BAD,	  /* lsmctl may fail to refuse calls */
	CHECK_IMPOSSIBLE, /* shown as bad: this kernel, as booted, cannot refuse calls */
};

enum enforcement {
	ENFORCEMENT_SURE, /* this kernel enforces a loaded policy, as far as lsmctl sees without trial calls */
	ENFORCEMENT_NOT_SURE,
	ENFORCEMENT_IMPOSSIBLE,
};

struct finding {
	const char *name; /* snake_case */
	enum check_state state;
	char *message; /* one line */
	char *advice;  /* what to type, one command on each line; or NULL */
};

/* The input of the checks, and their findings. The caller fills in the first part and zeroes the rest. */
struct doctor {
	const struct pins *pins; /* the loaded policy, with the lock held; NULL: could not be opened */
	struct ruleset *rules;
	const struct error *why; /* why pins is NULL */
	const char *pin_dir;

	struct kernel_version version;
	struct program_info programs[PROGRAMS];
	struct truth truth;
	struct finding *findings;
	bool no_memory;
	size_t n, room;
};

/* Runs all checks in order. False: no memory. The caller frees the findings in both cases. */
bool doctor_run(struct doctor *doctor);
enum enforcement doctor_enforcement(const struct doctor *doctor);
void doctor_free(struct doctor *doctor);

/* Returns "good", "warning", "bad"; "sure", "not_sure", "impossible". */
const char *check_state_name(enum check_state state);
const char *enforcement_name(enum enforcement enforcement);

/* Adds a finding; for the checks. Copies advice. */
void doctor_found(struct doctor *doctor, const char *name, enum check_state state, const char *advice, const char *fmt,
		  ...) __attribute__((format(printf, 5, 6)));

/* Checks the kernel and this process. */
void check_kernel(struct doctor *doctor);
void check_architecture(struct doctor *doctor);
void check_bpf_lsm(struct doctor *doctor);
void check_btf(struct doctor *doctor);
void check_lockdown(struct doctor *doctor);
void check_preemption(struct doctor *doctor);
void check_capabilities(struct doctor *doctor);
void check_bpffs(struct doctor *doctor);
void check_ftrace(struct doctor *doctor);

/* Checks the loaded policy. Without one, adds a single finding. */
void check_loaded(struct doctor *doctor);
void check_load(struct doctor *doctor);
void check_pins(struct doctor *doctor);
void check_second_mount(struct doctor *doctor);
void check_hooks(struct doctor *doctor);
void check_foreign(struct doctor *doctor);
void check_mode(struct doctor *doctor);
void check_rules(struct doctor *doctor);
void check_strict(struct doctor *doctor);
void check_backstop(struct doctor *doctor);
void check_answers(struct doctor *doctor);
void check_names(struct doctor *doctor);
void check_cgroups(struct doctor *doctor);
void check_exes(struct doctor *doctor);
void check_runs(struct doctor *doctor);
void check_trial(struct doctor *doctor);
void check_lock(struct doctor *doctor);
void check_events(struct doctor *doctor);

/*
 * Checks rules for users who can change to other uids. Looks users up: call it after doctor_run(), with detached rules
 * and without the lock.
 */
void check_users(struct doctor *doctor);

#endif
