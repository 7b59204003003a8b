// SPDX-License-Identifier: GPL-2.0-only
/* Checks what confines runs: programs that only they need, and whose pins somebody may have removed. */
#include "run/run.h"
#include "doctor.h"

void check_runs(struct doctor *doctor)
{
	struct runs_count n = doctor->rules ? runs_count(ruleset_config(doctor->rules)) : (struct runs_count){};

	if (n.now + n.left && !runs_are_confined(doctor->pins))
		doctor_found(
			doctor, "runs", CHECK_BAD, "lsmctl run --user nobody -- true",
			"some programs that confine runs are not attached: %zu runs may get others to act for them",
			n.now + n.left);
	if (n.left)
		doctor_found(doctor, "runs", CHECK_WARNING,
			     "end them: echo 1 > .../cgroup.kill, in their cgroups below " RUN_ROOT
			     " (a command with --linger leaves such on purpose)",
			     "%zu left over, whose starter has ended: their processes stay confined; %zu more now",
			     n.left, n.now);
	else if (n.now)
		doctor_found(doctor, "runs", CHECK_GOOD, NULL, "%zu now, confined", n.now);
}
