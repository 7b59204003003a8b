/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether this kernel can enforce, and whether what is loaded does: a list of checks, each with what to do about it. */
#ifndef LSMCTL_DOCTOR_H
#define LSMCTL_DOCTOR_H

#include "error.h"
#include "kernel.h"
#include "loader.h"
#include "truth.h"

enum check_state {
	CHECK_GOOD,
	CHECK_WARNING,	  /* it works, and there is something to know */
	CHECK_BAD,	  /* what is refused is not sure */
	CHECK_IMPOSSIBLE, /* shown as bad: nothing can be refused on this kernel, as it is booted */
};

enum enforcement {
	ENFORCEMENT_SURE, /* this kernel does what a loaded policy says, as far as can be seen without trying */
	ENFORCEMENT_NOT_SURE,
	ENFORCEMENT_IMPOSSIBLE,
};

struct finding {
	const char *name; /* snake_case */
	enum check_state state;
	char *message; /* one line */
	char *advice;  /* what to type: lines with a newline between them; or NULL */
};

/* What the checks look at, and what they have found. Fill in the first part, zero the rest. */
struct doctor {
	const struct pins *pins; /* of what is loaded, with the lock held; NULL: nothing could be opened */
	struct ruleset *rules;
	const struct error *why; /* why not */
	const char *pin_dir;

	struct kernel_version version;
	struct program_info programs[HOOKS];
	struct truth truth;
	struct finding *findings;
	bool no_memory;
	size_t n, room;
};

/* All checks, in their order. False: no memory. Free the findings in any case. */
bool doctor_run(struct doctor *doctor);
enum enforcement doctor_enforcement(const struct doctor *doctor);
void doctor_free(struct doctor *doctor);

/* "good", "warning", "bad"; "sure", "not_sure", "impossible". */
const char *check_state_name(enum check_state state);
const char *enforcement_name(enum enforcement enforcement);

/* For the checks: advice is copied. */
void doctor_found(struct doctor *doctor, const char *name, enum check_state state, const char *advice, const char *fmt,
		  ...) __attribute__((format(printf, 5, 6)));

/* The checks of the kernel and of this process. */
void check_kernel(struct doctor *doctor);
void check_architecture(struct doctor *doctor);
void check_bpf_lsm(struct doctor *doctor);
void check_btf(struct doctor *doctor);
void check_lockdown(struct doctor *doctor);
void check_preemption(struct doctor *doctor);
void check_capabilities(struct doctor *doctor);
void check_bpffs(struct doctor *doctor);
void check_ftrace(struct doctor *doctor);

/* The checks of what is loaded. All but the first say nothing where nothing is. */
void check_loaded(struct doctor *doctor);
void check_pins(struct doctor *doctor);
void check_second_mount(struct doctor *doctor);
void check_hooks(struct doctor *doctor);
void check_foreign(struct doctor *doctor);
void check_mode(struct doctor *doctor);
void check_rules(struct doctor *doctor);
void check_strict(struct doctor *doctor);
void check_backstop(struct doctor *doctor);
void check_trial(struct doctor *doctor);
void check_events(struct doctor *doctor);

/* Rules for users who can be others. After doctor_run(), with the rules detached and no lock held: it looks users up.
 */
void check_users(struct doctor *doctor);

#endif
