// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "doctor.h"

static void (*const checks[])(struct doctor *doctor) = {
	check_kernel,	    check_architecture, check_bpf_lsm, check_btf,     check_lockdown, check_preemption,
	check_ftrace,	    check_capabilities, check_bpffs,   check_loaded,  check_load,     check_pins,
	check_second_mount, check_hooks,	check_foreign, check_mode,    check_rules,    check_strict,
	check_backstop,	    check_answers,	check_names,   check_cgroups, check_exes,     check_runs,
	check_trial,	    check_lock,		check_events,
};

static const char *const state_names[] = {
	[CHECK_GOOD] = "good",
	[CHECK_WARNING] = "warning",
	[CHECK_BAD] = "bad",
	[CHECK_IMPOSSIBLE] = "bad",
};

static const char *const enforcement_names[] = {
	[ENFORCEMENT_SURE] = "sure",
	[ENFORCEMENT_NOT_SURE] = "not_sure",
	[ENFORCEMENT_IMPOSSIBLE] = "impossible",
};

const char *check_state_name(enum check_state state)
{
	return state_names[state];
}

const char *enforcement_name(enum enforcement enforcement)
{
	return enforcement_names[enforcement];
}

static bool append(struct doctor *doctor, const struct finding *finding)
{
	struct finding *grown;

	if (doctor->n == doctor->room) {
		grown = realloc(doctor->findings, (doctor->room + 32) * sizeof(*grown));
		if (!grown)
			return false;
		doctor->findings = grown;
		doctor->room += 32;
	}
	doctor->findings[doctor->n++] = *finding;
	return true;
}

void doctor_found(struct doctor *doctor, const char *name, enum check_state state, const char *advice, const char *fmt,
		  ...)
{
	struct finding finding = {.name = name, .state = state};
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&finding.message, fmt, args) < 0)
		finding.message = NULL;
	va_end(args);
	finding.advice = advice ? strdup(advice) : NULL;
	if (finding.message && (finding.advice || !advice) && append(doctor, &finding))
		return;
	free(finding.message);
	free(finding.advice);
	doctor->no_memory = true;
}

bool doctor_run(struct doctor *doctor)
{
	kernel_version(&doctor->version);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](doctor);
	return !doctor->no_memory;
}

enum enforcement doctor_enforcement(const struct doctor *doctor)
{
	enum enforcement enforcement = ENFORCEMENT_SURE;

	for (size_t i = 0; i < doctor->n; i++) {
		if (doctor->findings[i].state == CHECK_IMPOSSIBLE)
			return ENFORCEMENT_IMPOSSIBLE;
		if (doctor->findings[i].state == CHECK_BAD)
			enforcement = ENFORCEMENT_NOT_SURE;
	}
	return enforcement;
}

void doctor_free(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n; i++) {
		free(doctor->findings[i].message);
		free(doctor->findings[i].advice);
	}
	free(doctor->findings);
}
