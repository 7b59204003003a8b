// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/text.h"
#include "rule/format.h"
#include "rule/prefix.h"
#include "rule/verdict.h"
#include "del_twins.h"

/* Returns the words that name a rule; free them. NULL without memory. */
static char *identity_of(const struct rule_spec *spec)
{
	struct rule_spec bare = *spec;
	char *text, *words;

	bare.timeout = 0;
	bare.comment[0] = '\0';
	bare.error = EPERM;
	text = rule_format(&bare);
	words = text ? strdup(strchr(text, ' ') + 1) : NULL; /* a verdict names no rule */
	free(text);
	return words;
}

struct search {
	struct twins *twins;
	const struct rule_info *gone;
	size_t n_gone;
};

static int note(const struct rule_info *rule, void *arg)
{
	struct search *search = arg;
	char **texts, *plain, *named, *text;
	struct rule_spec bare = rule->spec;

	for (size_t i = 0; i < search->n_gone; i++) {
		if (search->gone[i].id == rule->id)
			return 0;
	}
	texts = array_with_room_for_one(search->twins->texts, search->twins->n, sizeof(*texts));
	if (!texts)
		return 0;
	search->twins->texts = texts;
	bare.set[0] = '\0';
	plain = identity_of(&bare);
	named = identity_of(&rule->spec);
	if (plain && named &&
	    asprintf(&text, "%s%s%s still %ss %s ('lsmctl del %s' removes that rule)",
		     rule->spec.set[0] ? "set '" : "a rule without a set", rule->spec.set, rule->spec.set[0] ? "'" : "",
		     verdict_name(rule->spec.verdict), plain, named) >= 0)
		texts[search->twins->n++] = text;
	free(plain);
	free(named);
	return 0;
}

void twins_look(struct twins *twins, struct ruleset *rs, const struct rule_spec *identity, const struct rule_info *gone,
		size_t n)
{
	struct search search = {twins, gone, n};

	ruleset_each_twin(rs, identity, note, &search);
}

/* The names of sets, for a message. */
struct names {
	char text[256], first[SET_SIZE];
	size_t n;
};

static int name_set(const struct rule_info *rule, void *arg)
{
	struct names *names = arg;
	size_t len = strlen(names->text);

	if (!names->n)
		strcpy(names->first, rule->spec.set);
	/* Of many, only the first are shown. */
	if (len + SET_SIZE + 16 < sizeof(names->text))
		snprintf(names->text + len, sizeof(names->text) - len, "%s'%s'", names->n ? ", " : "", rule->spec.set);
	else if (strcmp(names->text + len - 3, "..."))
		strcat(names->text, ", ...");
	names->n++;
	return 0;
}

/*
 * Sets the error for a rule without a set that is not there, but in sets. 0, and no error, when no set has it.
 */
static int missing_without_set(struct ruleset *rs, const struct rule_spec *identity, struct error *err)
{
	struct names names = {};
	char *words;

	if (!identity->set[0])
		ruleset_each_twin(rs, identity, name_set, &names);
	if (!names.n)
		return 0;
	words = identity_of(identity);
	error_set(err, ERR_NOT_FOUND,
		  "no rule for %s without a set, but in set%s %s ('lsmctl del %s set %s' removes %s)",
		  words ? words : "this", names.n > 1 ? "s" : "", names.text, words ? words : "this", names.first,
		  names.n > 1 ? "the first of them" : "it");
	free(words);
	return -1;
}

/* Rules for the same destination, to suggest in a message. */
struct near {
	const struct rule_spec *identity;
	char text[256];
	size_t n;
};

static int look_near(const struct rule_info *rule, void *arg)
{
	struct near *near = arg;
	size_t len = strlen(near->text);
	char *text;

	if (!prefix_equal(&rule->spec.prefix, &near->identity->prefix))
		return 0;
	text = rule_format(&rule->spec);
	/* Without the verdict. Of many, or of long ones, only the first are shown. */
	if (text && near->n < 3 && len + strlen(text) + 32 < sizeof(near->text))
		snprintf(near->text + len, sizeof(near->text) - len, "%s'%s' (id %u)", near->n ? ", " : "",
			 strchr(text, ' ') + 1, rule->id);
	else if (near->n < 4)
		snprintf(near->text + len, sizeof(near->text) - len, "%s...", near->n ? ", " : "");
	free(text);
	return ++near->n > 3;
}

int twins_missing(struct ruleset *rs, const struct rule_spec *identity, struct error *err)
{
	struct near near = {.identity = identity};
	char *words;

	if (missing_without_set(rs, identity, err))
		return -1;
	/* Print only the identity, without the options that were pasted with it. */
	words = identity_of(identity);
	ruleset_each(rs, look_near, &near);
	error_set(err, ERR_NOT_FOUND, "no rule for %s%s%s%s", words ? words : "this", near.n ? " alone, but " : " (",
		  near.n ? near.text : "'lsmctl list' shows all rules", near.n ? "" : ")");
	free(words);
	return -1;
}

void twins_tell(const struct twins *twins, json_t *root)
{
	json_t *warnings = root && twins->n ? json_array() : NULL;

	fflush(stdout); /* what went comes before what stays */
	for (size_t i = 0; i < twins->n; i++) {
		char *text = text_escape(twins->texts[i]);

		if (warnings)
			json_array_append_new(warnings, json_string(text ? text : ""));
		else
			fprintf(stderr, "lsmctl: %s\n", text ? text : "");
		free(text);
	}
	if (warnings)
		json_object_set_new(root, "warnings", warnings);
}

void twins_free(struct twins *twins)
{
	for (size_t i = 0; i < twins->n; i++)
		free(twins->texts[i]);
	free(twins->texts);
}
