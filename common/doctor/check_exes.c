// SPDX-License-Identifier: GPL-2.0-only
/* Checks the rules for programs: who notes which program a process runs, and paths that no process can have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "policy/programs.h"
#include "rule/exe.h"
#include "doctor.h"

static const enum hook hooks[] = {HOOK_EXEC, HOOK_FILE_FREE, HOOK_PRCTL};
#define N_HOOKS (sizeof(hooks) / sizeof(hooks[0]))

struct odd_programs {
	char *elsewhere, *never; /* the first of each */
	size_t n_elsewhere, n_never;
};

static int look_at_program(const struct rule_info *rule, void *arg)
{
	struct odd_programs *odd = arg;
	const char *exe = rule->spec.exe;
	char to[CGROUP_SIZE];
	struct error why = {};

	if (rule->spec.subject != SUBJECT_EXE)
		return 0;
	if (exe_leads_elsewhere(exe, to)) {
		if (!odd->n_elsewhere++ && asprintf(&odd->elsewhere, "%s, which leads to %s", exe, to) < 0)
			odd->elsewhere = NULL;
	} else if (exe_check(exe, &why)) {
		if (!odd->n_never++)
			odd->never = strdup(why.text);
	}
	return 0;
}

/* Checks what rules for programs need: the programs that note who runs which, and paths that can be somebody's. */
void check_exes(struct doctor *doctor)
{
	const struct config *config = doctor->rules ? ruleset_config(doctor->rules) : NULL;
	struct program_info programs[N_HOOKS] = {};
	struct cgroup_tally tally = {};
	struct odd_programs odd = {};
	struct error err = {};
	bool all = true;

	if (config)
		ruleset_cgroups(doctor->rules, &tally);
	if (!tally.exes)
		return;
	for (size_t i = 0; i < N_HOOKS; i++) {
		if (programs_read_one(doctor->pins, hooks[i], &programs[i], &err)) {
			doctor_found(doctor, "programs", CHECK_BAD, "run it as root, outside of containers", "%s",
				     err.text);
			return;
		}
		all &= programs[i].prog_id != 0;
	}
	ruleset_each(doctor->rules, look_at_program, &odd);
	if (!all)
		doctor_found(doctor, "programs", CHECK_BAD, "lsmctl upgrade",
			     "what notes which program a process runs is not attached: no rule is for a program");
	else
		doctor_found(doctor, "programs", CHECK_GOOD, NULL, "%u in rules: program %u, link %u", tally.exes,
			     programs[0].prog_id, programs[0].link_id);
	if (config->exes_refused)
		doctor_found(doctor, "programs", CHECK_WARNING, "write rules for cgroups or users in place of programs",
			     "%u starts of programs in rules were refused, since more than %d run",
			     config->exes_refused, EXES);
	if (odd.n_elsewhere)
		doctor_found(doctor, "programs", CHECK_WARNING, "lsmctl del id N, and add the rule again",
			     "%zu rule%s for a path that leads elsewhere by now, and matches nothing: %s",
			     odd.n_elsewhere, odd.n_elsewhere == 1 ? " is" : "s are",
			     odd.elsewhere ? odd.elsewhere : "");
	if (odd.n_never)
		doctor_found(doctor, "programs", CHECK_WARNING, "lsmctl del id N, and write a rule for what runs it",
			     "%zu rule%s for what no process can be: %s", odd.n_never,
			     odd.n_never == 1 ? " is" : "s are", odd.never ? odd.never : "");
	free(odd.elsewhere);
	free(odd.never);
}
