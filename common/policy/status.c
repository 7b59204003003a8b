// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>
#include "host/cgroup.h"
#include "exe.h"
#include "needed.h"
#include "status.h"

/* A lock that is on, and whose programs the kernel does not call, protects nothing. */
static bool is_held(const struct pins *pins)
{
	int fd = pins_get_map(pins, "config", true);

	if (fd >= 0)
		close(fd);
	return fd == -EPERM;
}

int status_read(const struct pins *pins, struct ruleset *rules, struct status *status, bool try, struct error *err)
{
	const struct program_info *backstop = &status->programs[HOOK_EGRESS];

	status->config = *ruleset_config(rules);
	status->settings = *ruleset_settings(rules);
	status->config.version[VERSION_SIZE - 1] = '\0';
	status->rules = ruleset_count(rules);
	status->trial_left = ruleset_trial_left(rules);
	ruleset_cgroups(rules, &status->cgroups);
	status->sees_creation = needed_at_creation(pins, rules);
	if (programs_read(pins, status->config.hooks, status->programs, err))
		return -1;
	status->locked = pins_locked(pins);
	status->lock_held = status->locked.on && is_held(pins);
	status->can_name = names_count(&status->config, &status->names);
	status->counted = !status->locked.on && answers_count(&status->config, &status->senders);
	status->can_answer = (status->counted || (status->locked.on && status->config.senders)) &&
			     status->programs[HOOK_INGRESS].cgroup_id == ROOT_CGROUP;
	return truth_read(&status->truth, pins, &status->config, &status->settings, status->programs,
			  status->settings.backstop && backstop->cgroup_id == ROOT_CGROUP, try, err);
}

static bool has_rules_for_names(const struct status *status)
{
	return status->config.special.ruled & RULED;
}

bool status_has(const struct status *status, size_t i)
{
	const struct program_info *program = &status->programs[i];

	if (i < HOOKS)
		return !hook_is_on_demand(i) || status->sees_creation || program->prog_id || program->lacking;
	if (program->cgroup_id == ROOT_CGROUP)
		return true;
	if (exe_has_hook(i))
		return status->cgroups.exes;
	if (programs_learns_names(i))
		return status->settings.names || has_rules_for_names(status) ||
		       (!programs_is_on_cgroup(i) && program->prog_id);
	if (!programs_is_on_cgroup(i))
		return status->cgroups.paths;
	return i == HOOK_EGRESS ? status->settings.backstop : answers_needed(&status->settings);
}

/*
 * Without these programs, a rule to block a name lets its new addresses through. As long as no name server is known,
 * there is nothing to learn from.
 */
static const char *names_fault(const struct status *status, size_t i)
{
	if (programs_is_attached(&status->programs[i], i) || !has_rules_for_names(status) ||
	    !config_resolvers(&status->config, &status->settings)->n)
		return NULL;
	return "not attached, and rules are for names (run 'lsmctl refresh --resolvers')";
}

const char *status_fault(const struct status *status, size_t i)
{
	const struct program_info *program = &status->programs[i];

	if (programs_learns_names(i))
		return names_fault(status, i);
	if (!status_has(status, i) || i == HOOK_INGRESS)
		return NULL; /* without the program that remembers senders, nothing is open */
	if (i == HOOK_EGRESS && program->cgroup_id != ROOT_CGROUP)
		return "not attached, and backstop is on (run 'lsmctl -e set backstop on')";
	if (!program->prog_id && exe_has_hook(i))
		return "not attached, its pin is gone, and rules are for programs (run 'lsmctl upgrade')";
	if (!program->prog_id && !program->lacking && hook_is_on_demand(i))
		return "not attached, its pin is gone, and strict, the backstop or runs need it (run 'lsmctl upgrade')";
	if (!program->prog_id && !program->lacking)
		return "not attached, its pin is gone (run 'lsmctl unload', then 'lsmctl load')";
	if (program->recursion_misses)
		return "calls were skipped by the kernel (it was interrupted; 'lsmctl doctor' says what to do)";
	return i <= HOOK_EGRESS ? truth_fault(&status->truth, i) : NULL;
}

bool status_is_gone(const struct status *status, size_t i)
{
	const struct program_info *program = &status->programs[i];

	if (!status_fault(status, i))
		return false;
	if (i == HOOK_EGRESS && program->cgroup_id != ROOT_CGROUP)
		return true;
	return (!program->prog_id && !program->lacking) ||
	       (i <= HOOK_EGRESS && status->truth.tried && status->truth.proven[i].proof == PROOF_SILENT);
}

bool status_in_force(const struct status *status)
{
	char text[TRUTH_TEXT_SIZE];

	for (size_t i = 0; i < PROGRAMS; i++) {
		if (status_fault(status, i))
			return false;
	}
	return !truth_doubt(&status->truth, 0, text) && status->locked.on == status->lock_held;
}
