/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How rules for names decide, on both sides. Plain C, like walk.h.
 *
 * Within a subject, for a destination that has names: a rule for exactly the address decides; then the first of its
 * names that blocks; then prefixes; and a name that lets through only where no prefix but one of length 0 does. Who
 * owns a name chooses its addresses, and must not choose one inside a network that is blocked.
 */
#ifndef LSMCTL_RULED_H
#define LSMCTL_RULED_H

#include "ruled_id.h"
#include "walk.h"

/* True when a walk for a name has found a rule for it, and not for a prefix that covers what it stands as. */
static inline int is_for_name(__u64 found)
{
	return action_len(found >> 32) == 128;
}

_Static_assert(VERDICT_BLOCK == 1 && VERDICT_ALLOW == 0 && VERDICT_AUDIT == 2, "what is_block() looks at");

/* A verdict that is none counts as block. */
static inline int is_block(__u64 found)
{
	__u32 verdict = action_verdict(found >> 32);

	return verdict & 1; /* so is 3 */
}

static inline int is_broken(__u64 found)
{
	return (__u32)found == REF_BROKEN;
}

/* True when rules for names cannot change what a walk for the address has found. */
static inline int decides_alone(__u64 found)
{
	return is_broken(found) || (found && action_len(found >> 32) == 128);
}

/*
 * 1 when a rule for a name, which a walk has found, holds for this address of it. is_local: 1 or 0. Without a
 * condition: see rule_matches(). No walk finds a length above 128.
 */
static inline __u32 holds_for(__u64 found, __u32 is_local)
{
	__u32 action = found >> 32, is_private = (action & ACTION_PRIVATE) / ACTION_PRIVATE;

	return action_len(action) >> 7 & (action | is_private | (is_local ^ 1));
}

_Static_assert(VERDICT_BLOCK & 1, "what holds_for() looks at");

/*
 * Of what walks for an address and for its names have found, the one of the highest rank decides: names that block,
 * then prefixes, then names that let through, then prefixes of length 0 and no rule.
 */
static inline __u64 name_rank(__u64 found, __u64 id)
{
	return (__u64)is_block(found) << 63 | id >> 2;
}

/* is_v4: 1 or 0. By the sign of a difference: see rule_matches(). */
static inline __u64 address_rank(__u64 found, __u32 is_v4)
{
	__u64 least = 96 * is_v4, more = least - action_len(found >> 32); /* nothing found: its length is 0 */

	asm("" : "+r"(more));
	return more >> 63 << 62;
}

#endif
