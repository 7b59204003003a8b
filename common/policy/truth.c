// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "host/hooks.h"
#include "host/kernel.h"
#include "truth.h"

int truth_read(struct truth *truth, const struct pins *pins, const struct config *config,
	       const struct settings *settings, const struct program_info programs[PROGRAMS], bool backstop, bool try,
	       struct error *err)
{
	*truth = (struct truth){.tried = try, .ftrace_off = kernel_ftrace_is_off()};
	/* A program that an upgrade replaced stays until the kernel frees its pin: look a second time. */
	for (int look = 0; look < 2 && (!look || truth->n_foreign); look++) {
		if (look)
			usleep(100000);
		if (foreign_find(pins, config->attach, programs, truth->foreign, TRUTH_FOREIGN, &truth->n_foreign, err))
			return -1;
	}
	for (size_t i = 0; i < HOOKS; i++) {
		truth->attached |= (uint32_t)(programs[i].prog_id != 0) << i;
		truth->proven[i].why = "not attached";
		if (try && programs[i].prog_id)
			truth->proven[i] = prove(config, i, settings->strict);
	}
	truth->proven[HOOK_EGRESS].why = "mode audit lets all packets pass";
	if (try && backstop && settings->mode != MODE_AUDIT)
		truth->proven[HOOK_EGRESS] = prove(config, HOOK_EGRESS, settings->strict);
	return 0;
}

static bool is_held(const struct truth *truth, size_t hook)
{
	return truth->tried && truth->proven[hook].proof == PROOF_HELD;
}

/* True for a hook whose protocol this kernel may lack. Such a hook is judged by its attachment alone. */
static bool may_be_untried(size_t hook)
{
	return hook == HOOK_SCTP || hook == HOOK_EGRESS;
}

bool truth_is_proven(const struct truth *truth)
{
	for (size_t i = 0; i < HOOKS; i++) {
		if (has_hook(truth->attached, i) && !is_held(truth, i) &&
		    !(truth->tried && truth->proven[i].proof == PROOF_UNTRIED && may_be_untried(i)))
			return false;
	}
	return true;
}

const char *truth_fault(const struct truth *truth, size_t hook)
{
	const struct proven *proven = &truth->proven[hook];

	if (!truth->tried || proven->proof == PROOF_HELD || (hook < HOOKS && !has_hook(truth->attached, hook)))
		return NULL;
	if (proven->proof == PROOF_UNTRIED)
		return may_be_untried(hook) ? NULL : "no trial was possible";
	if (hook == HOOK_EGRESS)
		return "the trial packet was not dropped: the kernel does not ask the program";
	if (proven->error == EPERM || proven->error == EACCES)
		return "another check refused the trial call first";
	return "the trial call got through: the kernel does not ask the program, or another program cancels its refusal";
}

void truth_foreign(const struct foreign *foreign, char text[TRUTH_TEXT_SIZE])
{
	char *name = text_escape(foreign->name);

	if (foreign->hook == FOREIGN_ANY)
		snprintf(text, TRUTH_TEXT_SIZE, "program %u (%s), on an unknown function", foreign->prog_id,
			 name ? name : "");
	else
		snprintf(text, TRUTH_TEXT_SIZE, "program %u (%s) on %s", foreign->prog_id, name ? name : "",
			 hook_name(foreign->hook));
	free(name);
}

bool truth_doubt(const struct truth *truth, size_t i, char text[TRUTH_TEXT_SIZE])
{
	bool proven = truth_is_proven(truth);
	char program[TRUTH_TEXT_SIZE];

	if (truth->ftrace_off && !proven && i-- == 0) {
		snprintf(
			text, TRUTH_TEXT_SIZE,
			"kernel.ftrace_enabled is 0: many kernels then call no program (run 'sysctl kernel.ftrace_enabled=1')");
		return true;
	}
	for (size_t k = 0; k < truth->n_foreign && k < TRUTH_FOREIGN; k++) {
		const struct foreign *foreign = &truth->foreign[k];

		if ((foreign->hook == FOREIGN_ANY ? proven : is_held(truth, foreign->hook)) || i-- != 0)
			continue;
		truth_foreign(foreign, program);
		snprintf(text, TRUTH_TEXT_SIZE, "%.160s is not lsmctl's, and may cancel refusals%s", program,
			 truth->tried ? "" : " ('lsmctl status --prove' tries)");
		return true;
	}
	return false;
}
