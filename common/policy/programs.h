/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the state of the attached programs from the kernel. */
#ifndef LSMCTL_POLICY_PROGRAMS_H
#define LSMCTL_POLICY_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>
#include "bpf/abi.h"
#include "host/hooks.h"
#include "host/pins.h"

/* The state of one attached program. */
struct program_info {
	const char *hook;
	bool lacking;	  /* this kernel lacks the hook, so that nothing was attached */
	uint32_t prog_id; /* 0: nothing is attached; unless lacking is set, the pin is gone */
	uint32_t link_id;
	uint64_t cgroup_id; /* for a program on a cgroup: where it is attached; 0: detached */
	uint64_t
		recursion_misses; /* calls that the kernel let pass without calling the program; counted from 5.12 on */
	uint32_t function;	  /* type id of the function that it is attached to; 0 before 6.0 */
	unsigned char tag[8];
};

/* Fills in all hooks. hooks: those that load or upgrade found (config.hooks). Needs CAP_SYS_ADMIN. */
int programs_read(const struct pins *pins, uint32_t hooks, struct program_info programs[PROGRAMS], struct error *err);

/* Fills in a program that is not on a security hook: HOOK_EGRESS and those after it. */
int programs_read_one(const struct pins *pins, enum hook hook, struct program_info *program, struct error *err);

/* The same by the name of its pin. */
int programs_read_named(const struct pins *pins, const char *name, struct program_info *program, struct error *err);

/* True when the program of a hook is pinned, so that the kernel asks it. */
bool programs_is_pinned(const struct pins *pins, enum hook hook);
/* True when programs judge calls. During a load nothing is attached yet. */
bool programs_judge_calls(const struct pins *pins);

/* True for the programs on the root cgroup. */
static inline bool programs_is_on_cgroup(size_t hook)
{
	return hook == HOOK_EGRESS || hook == HOOK_INGRESS || hook == HOOK_NAMES_LEARN;
}

/* hook: of this program. A program on another cgroup does not count. */
static inline bool programs_is_attached(const struct program_info *program, size_t hook)
{
	return programs_is_on_cgroup(hook) ? program->cgroup_id == ROOT_CGROUP : program->prog_id != 0;
}

/* True for the programs without which no name is learned. */
static inline bool programs_learns_names(size_t hook)
{
	return hook == HOOK_NAMES_QUERY || hook == HOOK_NAMES_LEARN;
}

const char *attach_name(enum attach attach);

#endif
