// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/array.h"
#include "base/text.h"
#include "kept_sets.h"

static int keep(const struct set_kept *kept, void *arg)
{
	struct kept_sets *sets = arg;
	struct kept_set *at = array_with_room_for_one(sets->at, sets->n, sizeof(*at));

	if (!at)
		return 1;
	sets->at = at;
	at += sets->n;
	*at = (struct kept_set){.except = strdup(kept->except), .source = strdup(kept->source)};
	at->restored = kept->restored;
	memcpy(at->set, kept->set, SET_SIZE);
	if (at->except && at->source) {
		sets->n++;
		return 0;
	}
	free(at->except);
	free(at->source);
	return 1;
}

int kept_sets_read(struct kept_sets *sets, struct ruleset *rules)
{
	if (!ruleset_each_kept(rules, keep, sets))
		return 0;
	kept_sets_free(sets);
	return -1;
}

/* hint: where to look first. Returns NULL if it is not there. */
static struct kept_set *find(const struct kept_sets *sets, const char *set, size_t hint)
{
	for (size_t i = 0; i < sets->n; i++) {
		struct kept_set *at = &sets->at[(hint + i) % sets->n];

		if (!strcmp(at->set, set))
			return at;
	}
	return NULL;
}

struct kept_set *kept_sets_get(struct kept_sets *sets, const char *set)
{
	struct kept_set *at = find(sets, set, 0);
	struct set_kept new = {};

	if (at)
		return at;
	snprintf(new.set, sizeof(new.set), "%s", set);
	return keep(&new, sets) ? NULL : &sets->at[sets->n - 1];
}

int kept_set_text(char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -1;
	free(*to);
	*to = copy;
	return 0;
}

int kept_sets_put(struct kept_sets *sets, const struct set_kept *kept)
{
	struct kept_set *at = kept_sets_get(sets, kept->set);

	if (!at || kept_set_text(&at->except, kept->except) || kept_set_text(&at->source, kept->source))
		return -1;
	at->restored = kept->restored;
	return 0;
}

void kept_sets_free(struct kept_sets *sets)
{
	for (size_t i = 0; i < sets->n; i++) {
		free(sets->at[i].except);
		free(sets->at[i].source);
	}
	free(sets->at);
	*sets = (struct kept_sets){};
}

char *kept_except_line(const char *words, const char *set)
{
	char *word = text_word(words), *line;

	if (!word || asprintf(&line, "except %s set %s", word, set) < 0)
		line = NULL;
	free(word);
	return line;
}

char *kept_restored_line(const struct kept_set *kept)
{
	char *word = text_word(kept->source), *line;

	if (!word ||
	    asprintf(&line, "restored %s at %llu set %s", word, (unsigned long long)kept->restored, kept->set) < 0)
		line = NULL;
	free(word);
	return line;
}

static bool is_equal(const struct kept_set *a, const struct kept_set *b)
{
	return !strcmp(a->except, b->except) && !strcmp(a->source, b->source) && a->restored == b->restored;
}

void kept_sets_compare(const struct kept_sets *before, const struct kept_sets *now,
		       void (*each)(const struct kept_set *before, const struct kept_set *now, void *arg), void *arg)
{
	char none[] = "";
	const struct kept_set nothing = {.except = none, .source = none};

	for (size_t i = 0; i < before->n; i++) {
		const struct kept_set *other = find(now, before->at[i].set, i);

		if (!is_equal(&before->at[i], other ? other : &nothing))
			each(&before->at[i], other ? other : &nothing, arg);
	}
	for (size_t i = 0; i < now->n; i++) {
		if (!find(before, now->at[i].set, i) && !is_equal(&nothing, &now->at[i]))
			each(&nothing, &now->at[i], arg);
	}
}

/* Appends a name, and returns whether there was room. */
static bool append(char source[SOURCE_SIZE], const char *name)
{
	struct stat st;
	bool lasts = !stat(name, &st) && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
	char *path = lasts ? realpath(name, NULL) : NULL;
	size_t len = strlen(source);
	const char *text = path ? path : !strcmp(name, "-") ? "standard input" : name;
	int wanted = snprintf(source + len, SOURCE_SIZE - len, "%s%s", len ? ", " : "", text);

	free(path);
	if (wanted >= 0 && (size_t)wanted < SOURCE_SIZE - len)
		return true;
	source[len] = '\0';
	return false;
}

void kept_source(const char *const names[], size_t n, char source[SOURCE_SIZE])
{
	source[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (!append(source, names[i])) {
			snprintf(source + strlen(source), SOURCE_SIZE - strlen(source), "%s", i ? ", ..." : "...");
			return;
		}
	}
}
