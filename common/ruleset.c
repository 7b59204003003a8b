// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "cgroup.h"
#include "clock.h"
#include "draft.h"
#include "edit.h"
#include "ruleset_impl.h"

#define IN_PLACE 64 /* more rules than this at once are compiled */

struct ruleset *ruleset_open(const struct pins *pins, enum ruleset_access access, struct error *err)
{
	static const enum tables_access accesses[] = {
		[RULESET_READ] = TABLES_READ,
		[RULESET_WRITE] = TABLES_WRITE,
		[RULESET_CONFIRM] = TABLES_CONFIRM,
		[RULESET_UNPUBLISHED] = TABLES_UNPUBLISHED,
	};
	struct ruleset *rs = calloc(1, sizeof(*rs));

	if (!rs) {
		error_errno(err, ENOMEM, "cannot open the rules");
		return NULL;
	}
	if (tables_open(&rs->t, pins, accesses[access], err)) {
		free(rs);
		return NULL;
	}
	/* Nobody confirmed in time. */
	if (access == RULESET_WRITE && rs->t.config->trial_until && ruleset_end_trial(rs, false, err)) {
		ruleset_close(rs);
		return NULL;
	}
	/* What a killed writer left: the rules say what is in force, and compiling them makes the tables say so too. */
	if (access == RULESET_WRITE && rs->t.config->pending && ruleset_recompile(rs, err)) {
		ruleset_close(rs);
		return NULL;
	}
	return rs;
}

void ruleset_close(struct ruleset *rs)
{
	tables_close(&rs->t);
	free(rs);
}

int ruleset_detach(struct ruleset *rs, struct error *err)
{
	int ret = tables_detach(&rs->t);

	return ret ? error_errno(err, -ret, "cannot keep the rules as they are") : 0;
}

bool ruleset_is_pending(const struct ruleset *rs)
{
	return rs->t.config->pending != 0;
}

struct config *ruleset_config(struct ruleset *rs)
{
	return rs->t.config;
}

struct settings *ruleset_settings(struct ruleset *rs)
{
	return tables_settings(&rs->t);
}

static const void *arena_at(struct ruleset *rs, uint32_t line, size_t most)
{
	size_t offset = (size_t)line * sizeof(struct line);
	size_t left = offset < rs->t.arena.size ? rs->t.arena.size - offset : 0;

	return window_at(&rs->t.arena, offset, left < most ? left : most);
}

/* What may lack its NUL, cut to what there is room for. */
static void copy_text(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

const struct extra *ruleset_extra(struct ruleset *rs, const struct rule *rule)
{
	uint32_t line = action_extra(rule->action);

	return line ? arena_at(rs, line, sizeof(struct extra)) : NULL;
}

void ruleset_set_name(struct ruleset *rs, uint32_t index, char name[SET_SIZE])
{
	const char *text =
		window_at(&rs->t.arena, (size_t)rs->t.header->set_line * sizeof(struct line) + (size_t)index * SET_SIZE,
			  SET_SIZE);

	copy_text(name, text ? text : "", SET_SIZE);
}

/* The rule in a slot, or false when it is removed or its time is up. */
bool ruleset_decode(struct ruleset *rs, uint32_t slot, uint64_t now, struct rule_info *info)
{
	const struct rule *rule = tables_rule(&rs->t, slot);
	struct counter counter = tables_counter(&rs->t, slot);
	struct rule_spec *spec = &info->spec;
	const struct subject *subject;
	const struct extra *extra;
	enum verdict verdict = rule ? (enum verdict)action_verdict(rule->action) : VERDICT_BLOCK;
	int error = rule ? (int)action_errno(rule->action) : 0;
	const char *text;

	if (!rule || !rule->id)
		return false;
	/* Field by field, without the room for texts that nearly no rule has. */
	spec->prefix = (struct prefix){.ip = rule->ip, .len = (__u8)action_len(rule->action)};
	spec->port_lo = rule->port_lo;
	spec->port_hi = rule->port_hi;
	spec->proto = (uint16_t)action_proto(rule->action);
	/* What lsmctl has not put there is shown as what the programs take it for, a block. */
	spec->verdict = verdict < VERDICTS ? verdict : VERDICT_BLOCK;
	spec->error = rule_errno_name(error) ? error : EPERM;
	spec->uid = spec->uid_to = 0;
	spec->subject = SUBJECT_EVERYONE;
	spec->timeout = 0;
	spec->cgroup[0] = spec->set[0] = spec->comment[0] = '\0';
	info->id = rule->id;
	info->cgroup_gone = false;
	info->hits = counter.hits;
	info->last_hit = counter.last_hit < now ? counter.last_hit : now;
	extra = ruleset_extra(rs, rule);
	if (extra) {
		if (extra->expires && extra->expires <= now)
			return false;
		if (extra->expires)
			spec->timeout = extra->expires - now;
		copy_text(spec->comment, extra->comment, sizeof(spec->comment));
	}
	if (rule->set)
		ruleset_set_name(rs, rule->set, spec->set);
	subject = rule->subject
			  ? (const struct subject *)tables_line(&rs->t, rs->t.header->subject_line + rule->subject)
			  : NULL;
	if (subject) {
		spec->subject = (enum subject_kind)subject->kind;
		spec->uid = uids_first(subject->kind, subject->id);
		spec->uid_to = subject->kind == SUBJECT_UIDS ? (uint32_t)subject->id : 0;
	}
	if (subject && subject->kind == SUBJECT_CGROUP) {
		text = arena_at(rs, subject->path_line, CGROUP_SIZE);
		copy_text(spec->cgroup, text ? text : "", sizeof(spec->cgroup));
		info->cgroup_gone = !subject->id || cgroup_id(spec->cgroup) != subject->id;
	}
	return true;
}

#define FORGET 16384 /* slots after which a stream unmaps what it has passed */

/* A stream's memory is not to grow with the comments. The header stays where it is. */
static void forget_texts(struct ruleset *rs)
{
	if (!rs->t.detached)
		return;
	window_forget(&rs->t.arena);
	rs->t.header = window_at(&rs->t.arena, 0, sizeof(*rs->t.header));
}

int ruleset_each(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg), void *arg)
{
	uint64_t now = clock_boot();
	struct rule_info info;
	int ret = 0;

	for (uint32_t slot = 0; !ret && slot < rs->t.header->rules; slot++) {
		if (slot && slot % FORGET == 0) {
			window_forget(&rs->t.rules);
			window_forget(&rs->t.counters);
			forget_texts(rs);
		}
		if (ruleset_decode(rs, slot, now, &info))
			ret = each(&info, arg);
	}
	return ret;
}

int ruleset_each_hit(struct ruleset *rs, int (*each)(const struct rule_info *rule, void *arg), void *arg)
{
	uint64_t now = clock_boot();
	struct rule_info info;
	int ret = 0;

	for (uint32_t slot = 0; !ret; slot++) {
		slot = tables_next_hit(&rs->t, slot);
		if (slot >= rs->t.header->rules)
			break;
		if (ruleset_decode(rs, slot, now, &info))
			ret = each(&info, arg);
	}
	return ret;
}

static int count_one(const struct rule_info *rule, void *arg)
{
	(void)rule;
	++*(uint32_t *)arg;
	return 0;
}

uint32_t ruleset_count(struct ruleset *rs)
{
	uint32_t n = 0;

	/* Rules whose time is up are gone, though nobody has swept them up yet. */
	if (!rs->t.header->expiring)
		return rs->t.header->live;
	ruleset_each(rs, count_one, &n);
	return n;
}

/* The subject's index, or -1 when no rule is about it yet. */
static int subject_index(struct ruleset *rs, const struct rule_spec *spec)
{
	for (uint32_t i = 1; spec->subject != SUBJECT_EVERYONE && i < rs->t.header->subjects; i++) {
		const struct subject *subject =
			(const struct subject *)tables_line(&rs->t, rs->t.header->subject_line + i);
		const char *path;

		if (!subject || subject->kind != spec->subject)
			continue;
		if ((subject->kind == SUBJECT_UID && subject->id == spec->uid) ||
		    (subject->kind == SUBJECT_UIDS && subject->id == uids_id(spec->uid, spec->uid_to)))
			return (int)i;
		path = subject->kind == SUBJECT_CGROUP ? arena_at(rs, subject->path_line, CGROUP_SIZE) : NULL;
		if (path && !strcmp(path, spec->cgroup))
			return (int)i;
	}
	return spec->subject == SUBJECT_EVERYONE ? 0 : -1;
}

static int set_index(struct ruleset *rs, const char *name)
{
	for (uint32_t i = 0; i < rs->t.header->sets; i++) {
		const char *there = window_at(
			&rs->t.arena, (size_t)rs->t.header->set_line * sizeof(struct line) + (size_t)i * SET_SIZE,
			SET_SIZE);

		if (there && !strcmp(there, name))
			return (int)i;
	}
	return -1;
}

/* As a rule of this generation, without an extra. False when its subject is not known here, so that it is not there. */
static bool encode(struct ruleset *rs, const struct rule_spec *spec, struct rule *rule)
{
	int subject = subject_index(rs, spec);

	if (subject < 0)
		return false;
	*rule = (struct rule){
		.ip = spec->prefix.ip,
		.action = action_make(spec->verdict, (uint32_t)spec->error, spec->prefix.len, spec->proto, 0),
		.port_lo = spec->port_lo,
		.port_hi = spec->port_hi,
		.subject = (uint16_t)subject,
	};
	return true;
}

static int64_t find_slot(struct ruleset *rs, const struct rule_spec *identity)
{
	struct rule rule;

	return rs->t.header && encode(rs, identity, &rule) ? edit_find(&rs->t, &rule) : -1;
}

bool ruleset_find(struct ruleset *rs, const struct rule_spec *identity, struct rule_info *rule)
{
	int64_t slot = find_slot(rs, identity);

	return slot >= 0 && ruleset_decode(rs, (uint32_t)slot, clock_boot(), rule);
}

bool ruleset_at(struct ruleset *rs, uint32_t slot, struct rule_info *rule)
{
	return ruleset_decode(rs, slot, clock_boot(), rule);
}

bool ruleset_find_id(struct ruleset *rs, uint32_t id, struct rule_info *rule)
{
	for (uint32_t slot = 0; id && slot < rs->t.header->rules; slot++) {
		const struct rule *there = tables_rule(&rs->t, slot);

		if (there && there->id == id)
			return ruleset_decode(rs, slot, clock_boot(), rule);
	}
	return false;
}

/* Whether the cgroup of a subject of this generation is another now: gone, or there again. */
static bool is_outdated(struct ruleset *rs, uint16_t index)
{
	const struct subject *subject = (const struct subject *)tables_line(&rs->t, rs->t.header->subject_line + index);
	const char *path =
		!subject || subject->kind != SUBJECT_CGROUP ? NULL : arena_at(rs, subject->path_line, CGROUP_SIZE);

	return path && cgroup_id(path) != subject->id;
}

/* One rule, in place. */
static enum edit put_in_place(struct ruleset *rs, const struct rule_spec *spec, bool missing_cgroups)
{
	struct extra extra = {.expires = spec->timeout ? clock_boot() + spec->timeout : 0};
	bool has_extra = spec->timeout || spec->comment[0];
	struct rule_info there;
	struct rule rule;
	int64_t slot;
	int set = set_index(rs, spec->set);

	strcpy(extra.comment, spec->comment);
	if (set < 0 || !encode(rs, spec, &rule) || rs->t.config->last_id >= DRAFT_DROP - 1)
		return EDIT_DECLINED;
	/* Compiling looks for each cgroup anew. */
	if (is_outdated(rs, rule.subject) ||
	    (spec->subject == SUBJECT_CGROUP && !missing_cgroups && !cgroup_id(spec->cgroup)))
		return EDIT_DECLINED;
	rule.set = (uint16_t)set;
	slot = edit_find(&rs->t, &rule);
	if (slot >= 0 && ruleset_decode(rs, (uint32_t)slot, clock_boot(), &there))
		return edit_change(&rs->t, (uint32_t)slot, rule.action, rule.set, has_extra ? &extra : NULL);
	/* One whose time is up is gone: this is a new rule. */
	if (slot >= 0 && edit_remove(&rs->t, (uint32_t)slot) != EDIT_DONE)
		return EDIT_DECLINED;
	rule.id = rs->t.config->last_id + 1;
	return edit_add(&rs->t, &rule, has_extra ? &extra : NULL);
}

/* The index in a draft of the rule that is in a slot now. */
static int64_t draft_index(const struct draft *draft, int64_t slot)
{
	uint32_t from = 0, to = draft->n;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (draft->origin[middle] && draft->origin[middle] <= slot)
			from = middle + 1;
		else
			to = middle;
	}
	return from < draft->n && draft->origin[from] == slot + 1 ? (int64_t)from : -1;
}

/* Rules that are compiled into what there is. */
struct addition {
	const struct rule_spec *specs;
	size_t n;
	const enum ruleset_change *changes; /* those that are CHANGE_NONE are passed over; NULL: none is */
	bool missing_cgroups;
	const struct settings *settings; /* NULL: those there are */
	uint64_t trial;			 /* ns; 0: for good */
};

static int put_compiled(struct ruleset *rs, const struct addition *add, struct error *err)
{
	struct draft draft = {};
	uint32_t current;
	int ret = draft_begin(&draft, &rs->t, err);

	if (add->settings)
		draft.settings = *add->settings;
	draft.trial_until = add->trial ? draft.now + add->trial : 0;
	if (!ret)
		ret = draft_add_current(&draft, &rs->t, -1, -1, err);
	current = draft.n;
	for (size_t i = 0; i < add->n && !ret; i++) {
		int64_t slot, at;

		if (add->changes && add->changes[i] == CHANGE_NONE)
			continue;
		slot = find_slot(rs, &add->specs[i]);
		ret = draft_add(&draft, &add->specs[i], add->missing_cgroups, err);
		if (ret || slot < 0)
			continue;
		at = draft_index(&(struct draft){.n = current, .origin = draft.origin}, slot);
		if (at < 0)
			continue; /* its time was up: it is a new rule */
		/* The place, id and counter of the old one; all else of the new one. */
		draft.rules[draft.n - 1].id = draft.rules[at].id;
		draft.rules[at] = draft.rules[draft.n - 1];
		draft.n--;
	}
	if (!ret)
		ret = draft_publish(&draft, &rs->t, err);
	draft_free(&draft);
	return ret;
}

int ruleset_recompile(struct ruleset *rs, struct error *err)
{
	return put_compiled(rs, &(struct addition){.missing_cgroups = true}, err);
}

int ruleset_end_trial(struct ruleset *rs, bool keep, struct error *err)
{
	struct error ignored = {};

	if (tables_end_trial(&rs->t, keep, err))
		return -1;
	/* Compiled anew, the filters are as narrow as they can be, and there is only one generation. Without that, it
	 * is over all the same: the next change does it. */
	ruleset_recompile(rs, &ignored);
	return 0;
}

uint64_t ruleset_trial_left(struct ruleset *rs)
{
	return tables_trial_left(&rs->t);
}

static int full(struct ruleset *rs, uint32_t count, size_t wanted, struct error *err)
{
	return error_set(err, ERR_FULL,
			 "no room: %u of %u rules are used and %zu more are wanted (more room: 'lsmctl unload', then "
			 "'lsmctl load "
			 "--max-rules N')",
			 count, rs->t.config->max_rules, wanted);
}

int ruleset_check_room(struct ruleset *rs, uint32_t count, size_t wanted, struct error *err)
{
	uint32_t max = rs->t.config->max_rules;

	return count > max || wanted > max - count ? full(rs, count, wanted, err) : 0;
}

/* Beside those that are in force. Rules whose time is up need a look at all of them, so only where it matters. */
static int check_room_beside(struct ruleset *rs, size_t wanted, struct error *err)
{
	uint32_t live = rs->t.header ? rs->t.header->live : 0, max = rs->t.config->max_rules;

	if (live <= max && wanted <= max - live)
		return 0;
	return ruleset_check_room(rs, rs->t.header ? ruleset_count(rs) : 0, wanted, err);
}

int ruleset_try(struct ruleset *rs, const struct settings *settings, const struct rule_spec *specs, size_t n,
		uint64_t trial, bool dry_run, struct error *err)
{
	const struct addition addition = {.specs = specs, .n = n, .settings = settings, .trial = trial};

	if (check_room_beside(rs, n, err))
		return -1;
	return dry_run ? 0 : put_compiled(rs, &addition, err);
}

/* A rule that decides nothing, and would if it were put in again. */
static bool is_back(const struct rule_info *rule)
{
	return rule->cgroup_gone && cgroup_id(rule->spec.cgroup);
}

int ruleset_put(struct ruleset *rs, const struct rule_spec *specs, size_t n, bool missing_cgroups,
		enum ruleset_change *changes, struct rule_info *old, bool dry_run, struct error *err)
{
	const struct addition all = {.specs = specs, .n = n, .changes = changes, .missing_cgroups = missing_cgroups};
	struct addition rest = all;
	size_t new = 0, todo = 0, done = 0;

	for (size_t i = 0; i < n; i++) {
		if (!rs->t.header || !ruleset_find(rs, &specs[i], &old[i])) {
			changes[i] = CHANGE_ADD;
			new ++;
		} else {
			changes[i] =
				rule_same(&specs[i], &old[i].spec) && !is_back(&old[i]) ? CHANGE_NONE : CHANGE_EDIT;
		}
		todo += changes[i] != CHANGE_NONE;
	}
	if (check_room_beside(rs, new, err))
		return -1;
	/* A cgroup that is not there, and what else a rule may be refused for, is found out by trying. */
	if (dry_run) {
		struct draft draft = {};
		int ret = draft_begin(&draft, &rs->t, err);

		for (size_t i = 0; i < n && !ret; i++)
			ret = changes[i] == CHANGE_NONE ? 0 : draft_add(&draft, &specs[i], missing_cgroups, err);
		draft_free(&draft);
		return ret;
	}
	if (!rs->t.header || todo > IN_PLACE || edit_is_fragmented(&rs->t) || tables_is_held(&rs->t))
		return put_compiled(rs, &all, err);
	while (done < n &&
	       (changes[done] == CHANGE_NONE || put_in_place(rs, &specs[done], missing_cgroups) == EDIT_DONE))
		done++;
	rest.specs += done;
	rest.n -= done;
	rest.changes += done;
	if (done == n || !put_compiled(rs, &rest, err))
		return 0;
	/* Undo what was done in place; what cannot be is compiled. */
	while (done-- > 0) {
		struct error ignored = {};

		if (changes[done] == CHANGE_ADD && ruleset_find(rs, &specs[done], &old[done]))
			ruleset_remove(rs, &old[done], 1, &ignored);
		else if (changes[done] == CHANGE_EDIT && put_in_place(rs, &old[done].spec, true) != EDIT_DONE)
			put_compiled(rs, &(struct addition){.specs = &old[done].spec, .n = 1, .missing_cgroups = true},
				     &ignored);
	}
	return -1;
}

static int remove_compiled(struct ruleset *rs, const struct rule_info *rules, size_t n, struct error *err)
{
	struct draft draft = {};
	int ret = draft_begin(&draft, &rs->t, err);

	if (!ret)
		ret = draft_add_current(&draft, &rs->t, -1, -1, err);
	for (size_t i = 0; i < n && !ret; i++) {
		int64_t slot = find_slot(rs, &rules[i].spec);
		int64_t at = slot < 0 ? -1 : draft_index(&draft, slot);

		if (at >= 0)
			draft.rules[at].id = DRAFT_DROP;
	}
	if (!ret)
		ret = draft_publish(&draft, &rs->t, err);
	draft_free(&draft);
	return ret;
}

int ruleset_remove(struct ruleset *rs, const struct rule_info *rules, size_t n, struct error *err)
{
	size_t done = 0;

	if (n > IN_PLACE || edit_is_fragmented(&rs->t) || tables_is_held(&rs->t))
		return remove_compiled(rs, rules, n, err);
	for (; done < n; done++) {
		int64_t slot = find_slot(rs, &rules[done].spec);

		if (slot >= 0 && edit_remove(&rs->t, (uint32_t)slot) != EDIT_DONE)
			break;
	}
	return done < n ? remove_compiled(rs, rules + done, n - done, err) : 0;
}

int ruleset_flush(struct ruleset *rs, struct error *err)
{
	struct draft draft = {};
	int ret = draft_begin(&draft, &rs->t, err);

	if (!ret)
		ret = draft_publish(&draft, &rs->t, err);
	draft_free(&draft);
	return ret;
}

int ruleset_totals(struct ruleset *rs, struct totals *totals, struct error *err)
{
	const struct total *from = tables_totals(&rs->t);

	if (!from)
		return error_errno(err, ENOMEM, "cannot read the totals");
	*totals = (struct totals){};
	for (int i = 0; i < TOTALS; i++) {
		for (int at = 0; at < (HOOK_EGRESS + 1) * VERDICTS; at++) {
			int hook = at / VERDICTS, verdict = at % VERDICTS;
			uint64_t n = __atomic_load_n(&from[i].decided[hook][verdict], __ATOMIC_RELAXED);

			totals->by_verdict[verdict] += n;
			totals->by_hook[hook][verdict] += n;
		}
	}
	return 0;
}
