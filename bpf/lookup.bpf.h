/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a destination to the deciding rule and the hook's return value, for BPF only. Functions that the verifier should
 * check once, however often they are called, are __noinline, and take a struct query as three numbers: 5.10 allows no
 * pointers to the stack there.
 */
#ifndef LSMCTL_LOOKUP_H
#define LSMCTL_LOOKUP_H

#include "maps.bpf.h"
#include "decide.h"
#include "owner.bpf.h"
#include "run.bpf.h"
#include "subject.bpf.h"

/* See place_subject_at(). */
__noinline __u32 place_subject(__u32 place, __u32 i, __u32 number)
{
	struct generation g;
	const struct header *header = generation_open(&g, number);

	return header ? place_subject_at(&g, header->cgroups, place, i) : PLACE_BROKEN;
}

/*
 * The verifier looks at each step of a loop anew, so long loops over subjects go on in a function of their own, which
 * it checks once. FROM_SHIFT: above a call and a kind, the number of the first.
 */
#define PLACES_FIRST  4
#define SUBJECTS_MORE 16
#define FROM_SHIFT    40

/* Asks one subject of a place; 0: it has no rule for the call. GOES_ON: there is none of this number. */
static __always_inline __u64 ask_place_one(const struct query *q, __u32 place, __u32 i)
{
	__u32 subject = place_subject(place, i, call_generation(q->call));

	if (!subject)
		return GOES_ON;
	return subject == PLACE_BROKEN ? FOUND_BROKEN : ask_subject(q, SUBJECT_CGROUP, subject);
}

/* Asks some subjects of a place. call: with the number of the first. Returns 0 behind the last. */
__noinline __u64 ask_some_places(__u64 ip_high, __u64 ip_low, __u64 call, __u64 place, __u64 socket)
{
	for (__u32 i = 0; i < SUBJECTS_MORE; i++) {
		const struct query q = {.ip = {.d = {ip_high, ip_low}}, .call = call, .socket = socket};
		__u64 found = ask_place_one(&q, place, call >> FROM_SHIFT);

		if (found)
			return found == GOES_ON ? 0 : found;
		call += 1ull << FROM_SHIFT;
		asm volatile("" : "+r"(call)); /* computes anew what it needs of it: the stack has no room */
	}
	return GOES_ON;
}

/* Asks the subjects of a process's place: a process cannot escape rules by moving to a child. */
static __always_inline __u64 ask_place(const struct query *q, __u32 place)
{
	if (place & PLACE_LOST)
		return FOUND_BROKEN;
	if (!place)
		return 0;
	for (__u32 i = 0; i < PLACES_FIRST; i++) {
		__u64 found = ask_place_one(q, place, i);

		if (found)
			return found == GOES_ON ? 0 : found;
	}
	for (__u64 from = PLACES_FIRST; from < PLACE_SUBJECTS; from += SUBJECTS_MORE) {
		__u64 found = ask_some_places(q->ip.d[0], q->ip.d[1], q->call | from << FROM_SHIFT, place, q->socket);

		if (found != GOES_ON)
			return found;
	}
	return 0;
}

/*
 * Returns a place, or 0 when no rule is for a cgroup of it, or PLACE_LOST. Opens the tables only where they have
 * something to say: nearly all processes are in no cgroup that a rule is for.
 */
static __always_inline __u32 place_in(__u32 number, const struct caller *caller)
{
	__u32 levels = shared.config.levels[number & 1], place;
	const struct header *header;
	struct generation g;

	if (!levels)
		return 0;
	place = find_place(caller, number, levels & ~ROOT_RULED);
	if (place & PLACE_LOST)
		return place;
	if (place == 1 && !(levels & ROOT_RULED))
		return 0;
	header = generation_open(&g, number);
	if (!header || !header->cgroups)
		return PLACE_LOST;
	return place_subjects(&g, header->cgroups, place) ? place : 0;
}

/* Separate functions, whose stack is free again when a subject is asked. */
__noinline __u32 current_place(__u32 number)
{
	const struct caller caller = current_caller();

	return place_in(number, &caller);
}

__noinline __u32 owner_place(__u32 number, __u64 owner)
{
	const struct caller caller = owner_caller(owner);

	return place_in(number, &caller);
}

#define NO_RANGE (~0ull) /* contains only an id that no process has */

/* Returns a range by its number, which grows with its width; NO_RANGE behind the last; 0: corrupt tables. */
__noinline __u64 range_in(__u32 generation, __u32 list, __u32 i)
{
	struct generation g;
	const struct header *header = generation_open(&g, generation);

	if (!header)
		return 0;
	return i < header->ranges[list & 1] ? range_at(&g, header, list, i) : NO_RANGE;
}

/*
 * Asks some of the ranges that contain an id. call: with the kind of the id, and the number of the first range. Calls
 * ask_both() even without rules for names: two calls take more stack than 5.10 has.
 */
__noinline __u64 ask_some_ranges(__u64 ip_high, __u64 ip_low, __u64 call, __u64 id, __u64 socket)
{
	for (__u32 i = 0; i < SUBJECTS_MORE; i++) {
		__u32 kind = call >> KIND_SHIFT & 0xff;
		__u64 range = range_in(call_generation(call), range_list(kind), call >> FROM_SHIFT), found;

		if (range == NO_RANGE)
			return 0;
		if (!range)
			return FOUND_BROKEN;
		found = 0;
		if (range_has(range, id))
			found = ask_both(ip_high, ip_low, (__u32)call | (__u64)range_kind(kind) << KIND_SHIFT, range,
					 socket);
		if (found)
			return found;
		call += 1ull << FROM_SHIFT;
		asm volatile("" : "+r"(call)); /* the same */
	}
	return GOES_ON;
}

/* Asks the ranges that contain an id. */
static __always_inline __u64 ask_ranges(const struct query *q, __u32 kind, __u32 id)
{
	__u64 call = q->call | (__u64)kind << KIND_SHIFT;

	for (__u64 from = 0; from < ID_RANGES; from += SUBJECTS_MORE) {
		__u64 found = ask_some_ranges(q->ip.d[0], q->ip.d[1], call | from << FROM_SHIFT, id, q->socket);

		if (found != GOES_ON)
			return found;
	}
	return 0;
}

/*
 * Asks the rules for a user or a group, then those for ranges. kind: SUBJECT_UID or SUBJECT_GID. Whoever closes a
 * socket does not leave a rule for a group so: an unknown group is refused.
 */
static __always_inline __u64 ask_ids(const struct query *q, __u32 kind, bool is_current, __u64 owner)
{
	bool one = filter_has_kind(&shared, kind), ranges = filter_has_kind(&shared, range_kind(kind));
	__u64 found = 0;
	__u32 id;

	if (!one && !ranges)
		return 0;
	id = id_asking(kind, is_current, owner);
	if (id == NO_GID)
		return FOUND_BROKEN;
	if (one)
		found = ask_subject(q, kind, id);
	return found || !ranges ? found : ask_ranges(q, kind, id);
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, EXES);
	__type(key, __u64);
	__type(value, __u64);
} exes SEC(".maps");

/* Returns the program that the current process runs, if a rule may be for it; or 0. */
static __always_inline __u64 current_exe(void)
{
	const __u64 *exe;
	__u64 key;

	if (reads_current()) {
		const struct task_struct *typed = bpf_get_current_task_btf();
		const struct mm_struct *mm = typed->mm;

		key = mm ? (__u64)mm->exe_file : 0;
	} else {
		const struct task_struct *task = (const void *)bpf_get_current_task();

		key = (__u64)BPF_CORE_READ(task, mm, exe_file);
	}
	exe = key ? bpf_map_lookup_elem(&exes, &key) : NULL;
	return exe ? *exe : 0;
}

static __always_inline __u64 ask_exe(const struct query *q, __u64 exe)
{
	return exe ? ask_subject(q, SUBJECT_EXE, exe) : 0;
}

/* True when some rule may match a call. Fast path: false for nearly every call. port: or NO_PORT. */
static __always_inline __u32 is_mentioned4(__be32 addr, __u32 port)
{
	return (filter4_has(&shared, addr) && filter4_has_for(&shared, addr, port)) | filter_has_port(&shared, port);
}

/* high: the first 64 bits, in host order. */
static __always_inline __u32 is_mentioned6(__u64 high, __u32 port)
{
	return filter6_has(&shared, high) | filter_has_port(&shared, port);
}

static __always_inline __u32 is_mentioned(const union ip *ip, __u32 port)
{
	return ip_is_v4(ip) ? is_mentioned4(ip->w[3], port) : is_mentioned6(be64(ip->d[0]), port);
}

/*
 * Asks the tables about a destination, as walk(): subjects from narrow to wide. The subjects are those of the current
 * process, or of owner, a socket, and exe, the program that made it, when current is not the sender. is_current is a
 * constant: each type of program lacks helpers that the other needs.
 */
static __always_inline __u64 ask_subjects(const struct query *q, bool is_current, __u64 owner, __u64 exe)
{
	__u64 found = 0;

	/* In this order: another needs more stack than 6.1 has left. */
	if (!may_be_ruled(&q->ip) && !(q->call & CALL_NEAR) && !is_mentioned(&q->ip, call_port(q->call)))
		return 0;
	if (stands_for_name(&q->ip))
		return FOUND_BROKEN;
	if (filter_has_kind(&shared, SUBJECT_CGROUP))
		found = ask_place(q, is_current ? current_place(call_generation(q->call))
						: owner_place(call_generation(q->call), owner));
	if (!found && filter_has_kinds(&shared, KINDS_BY_ID | 1u << SUBJECT_EXE)) {
		found = ask_ids(q, SUBJECT_UID, is_current, owner);
		if (!found)
			found = ask_ids(q, SUBJECT_GID, is_current, owner);
		if (!found && filter_has_kind(&shared, SUBJECT_EXE))
			found = ask_exe(q, is_current ? current_exe() : exe);
	}
	return found ? found : ask_subject(q, SUBJECT_EVERYONE, 0);
}

static __always_inline __u64 default_for(__u32 call)
{
	__u32 verdict = shared.config.settings[call_generation(call)].default_verdict;

	return action_make(verdict, EPERM, 0, PROTO_ANY, 0) | (__u64)BY_DEFAULT << BY_SHIFT;
}

_Static_assert(REF_BROKEN == NO_SLOT, "corrupt tables have no rule");

/*
 * Returns the slot of what decides, a rule, the default or the run, below its action. All is put together in here, so
 * that the verifier does not follow each through all that comes after the call. socket: see struct query.
 */
__noinline __u64 look_up(__u64 ip_high, __u64 ip_low, __u32 call, __u64 socket)
{
	const struct query q = {.ip = {.d = {ip_high, ip_low}}, .call = call, .socket = socket};
	__u64 found = ask_subjects(&q, true, 0, 0);

	if (!found)
		found = default_for(call) << 32 | NO_SLOT;
	else if (!is_broken(found))
		found &= ~(__u64)REF_LEAF;
	return is_running() ? narrow(ip_high, ip_low, call, found) : found;
}

/* Asks the rules for a packet of a socket, whatever process is current. Returns 0 when none matches. */
__noinline __u64 look_up_for(__u64 ip_high, __u64 ip_low, __u32 call, __u64 owner, __u64 exe)
{
	const struct query q = {.ip = {.d = {ip_high, ip_low}}, .call = call, .socket = owner};

	return ask_subjects(&q, false, owner, exe);
}

static __always_inline __u64 default_action(const struct decision *d)
{
	return default_for(d->call);
}

/* Splits the result of a walk, which is not 0: returns the slot, and sets the action. */
static __always_inline __u32 found_rule(__u64 found, __u64 *action)
{
	*action = found >> 32;
	return is_broken(found) ? NO_SLOT : (__u32)found & ~REF_LEAF;
}

static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action)
{
	__u64 found = look_up(ip->d[0], ip->d[1], d->call, d->socket);

	*action = found >> 32;
	return (__u32)found;
}

/* Subtracts instead of negating: the verifier of 6.12 keeps the bounds only then. */
static __always_inline int refuse(__u32 error)
{
	__s64 ret = 0;

	asm volatile("%0 -= %1" : "+r"(ret) : "r"((__u64)error));
	return (int)ret;
}

/* Applies the mode to a decision. */
static __always_inline __u32 verdict_of(const struct decision *d)
{
	__u32 verdict = action_verdict(d->action);

	return verdict == VERDICT_BLOCK && action_by(d->action) != BY_RUN &&
			       shared.config.settings[call_generation(d->call)].mode == MODE_AUDIT
		       ? VERDICT_AUDIT
		       : verdict;
}

/* Returns the hook's return value. */
static __always_inline int outcome(const struct decision *d, __u32 verdict)
{
	__u32 error = action_errno(d->action);

	if (verdict == VERDICT_ALLOW || verdict == VERDICT_AUDIT)
		return 0; /* allowed or audited, by a rule or the default */
	return error ? refuse(error) : -EPERM;
}

#endif
