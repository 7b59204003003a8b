// SPDX-License-Identifier: GPL-2.0-only
/* What a replacement changes besides rules: what is kept with sets. */
#include <errno.h>
#include <string.h>
#include "decode.h"
#include "replace_impl.h"

/* True for a set that is replaced, by its index in the draft. */
static bool is_named(const struct replacement *r, uint32_t i)
{
	return r->set_name ? !strcmp(r->draft.named.sets[i], r->set_name) : replace_covers(r, (int)i);
}

int replace_note_source(struct replacement *r, struct error *err)
{
	for (uint32_t i = 1; r->source && i < r->draft.named.n_sets; i++) {
		if (is_named(r, i) && intern_restored(&r->draft.named, i, r->source, r->draft.now))
			return error_errno(err, ENOMEM, "cannot build the ruleset");
	}
	return 0;
}

void replace_touch(const struct replacement *r)
{
	const struct tables *t = &r->rs->t;

	/* The sets in force come first in the draft. */
	for (uint32_t i = 1; r->source && t->header && i < t->header->sets; i++) {
		uint64_t *at = is_named(r, i) ? decode_restored_at(&r->rs->t, i) : NULL;

		if (at)
			__atomic_store_n(at, r->draft.now, __ATOMIC_RELAXED);
	}
}

static bool differs(const char *draft, const char *now)
{
	return strcmp(draft ? draft : "", now) != 0;
}

bool replace_kept_differ(const struct replacement *r)
{
	struct tables *t = &r->rs->t;
	struct set_kept now;

	for (uint32_t i = 0; i < r->draft.named.n_sets; i++) {
		const struct set_source *kept = &r->draft.named.kept[i];

		if (!t->header || i >= t->header->sets || !decode_kept(t, i, &now))
			now = (struct set_kept){};
		if (differs(kept->except, now.except) || differs(kept->source, now.source))
			return true;
	}
	return false;
}

static int keep_except(const char *set, const char *words, void *arg)
{
	struct replacement *r = arg;
	int at = intern_find_set(&r->draft.named, set);

	return at >= 0 && (r->set < 0 || at == r->set) ? intern_except(&r->draft.named, (uint32_t)at, words) : 0;
}

int replace_begin_excepts(struct replacement *r, const char *set, struct error *err)
{
	struct interned *named = &r->draft.named;

	for (uint32_t i = 0; i < named->n_sets; i++) {
		if (!set || (int)i == r->set)
			intern_except(named, i, "");
	}
	if (set && ruleset_each_except(r->rs, keep_except, r, err))
		return err->code ? -1 : error_errno(err, ENOMEM, "cannot build the ruleset");
	return 0;
}

const char *ruleset_replace_excepted(struct replacement *r, const char *name)
{
	int set = intern_find_set(&r->draft.named, name);

	return set >= 0 && r->draft.named.kept[set].except ? r->draft.named.kept[set].except : "";
}

/* Returns the index of the set in the draft, which gets it if it is new, or -1. */
static int set_of(struct replacement *r, const char *name)
{
	int set = intern_find_set(&r->draft.named, name);

	return set < 0 ? intern_set(&r->draft.named, name) : set;
}

int ruleset_replace_except(struct replacement *r, const char *name, const char *words, struct error *err)
{
	int set = set_of(r, name);

	if (set < 0 || intern_except(&r->draft.named, (uint32_t)set, words))
		return error_errno(err, ENOMEM, "cannot build the ruleset");
	return 0;
}

void ruleset_replace_source(struct replacement *r, const char *source)
{
	r->source = source;
}

int ruleset_replace_kept(struct replacement *r, const struct set_kept *kept, struct error *err)
{
	int set = set_of(r, kept->set);

	if (set < 0 || intern_kept(&r->draft.named, (uint32_t)set, kept))
		return error_errno(err, ENOMEM, "cannot build the ruleset");
	return 0;
}
