// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "prefix.h"
#include "setting.h"

#define NO_WORD ((size_t)-1)

/* The settings and their values, in the order of their numbers. 0 is the value after load. */
static const struct setting {
	const char *name;
	const char *values[3];
	size_t offset; /* of a word in struct settings; NO_WORD: of the resolvers */
} settings[] = {
	{"default", {"allow", "block"}, offsetof(struct settings, default_verdict)},
	{"mode", {"enforce", "audit"}, offsetof(struct settings, mode)},
	{"strict", {"off", "on"}, offsetof(struct settings, strict)},
	{"backstop", {"off", "on"}, offsetof(struct settings, backstop)},
	{"answers", {"on", "off"}, offsetof(struct settings, no_answers)},
	{"names", {"off", "on"}, offsetof(struct settings, names)},
	{"resolvers", {"auto"}, NO_WORD},
};
_Static_assert(VERDICT_ALLOW == 0 && VERDICT_BLOCK == 1 && MODE_ENFORCE == 0 && MODE_AUDIT == 1, "the list above");

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static __u32 *word_of(struct settings *of, size_t i)
{
	return (__u32 *)((char *)of + settings[i].offset);
}

const char *setting_name(size_t i)
{
	return i < SETTINGS ? settings[i].name : NULL;
}

const char *setting_field(const char *name)
{
	return strcmp(name, "names") != 0 ? name : "learn_names";
}

const char *resolvers_format(const struct resolvers *resolvers, const char *between, char text[SETTING_SIZE])
{
	char *to = text;

	*to = '\0';
	for (size_t i = 0; i < resolvers->n && i < RESOLVERS; i++) {
		const struct prefix prefix = {.ip = resolvers->at[i], .len = 128};

		to = prefix_format(&prefix, true, i ? stpcpy(to, between) : to);
	}
	return text;
}

const char *setting_value(const struct settings *of, size_t i, char text[SETTING_SIZE])
{
	if (settings[i].offset == NO_WORD)
		return of->resolvers.n ? resolvers_format(&of->resolvers, ",", text) : settings[i].values[0];
	return settings[i].values[*word_of((struct settings *)of, i) != 0];
}

const char *const *setting_values(size_t i)
{
	return settings[i].values;
}

static const char *name_at(size_t i, const void *arg)
{
	(void)arg;
	return settings[i].name;
}

static const char *value_at(size_t i, const void *arg)
{
	return ((const struct setting *)arg)->values[i];
}

static int unknown(const char *what, const char *word, const char *nearest, const char *choices, struct error *err)
{
	if (nearest)
		return error_set(err, ERR_USAGE, "bad %s, near '%.64s': did you mean '%s'?", what, word, nearest);
	return error_set(err, ERR_USAGE, "bad %s, near '%.64s': %s", what, word, choices);
}

static int set_resolvers(struct resolvers *resolvers, const char *value, struct error *err)
{
	struct prefixes list = {};
	struct error why = {};
	int ret = prefixes_parse(&list, value, &why);

	for (size_t i = 0; !ret && i < list.n; i++)
		ret = list.at[i].len == 128 ? 0 : -1;
	if (ret || list.n > RESOLVERS)
		ret = error_set(err, ERR_USAGE,
				"bad resolvers, near '%.64s': auto, or 1 to %d addresses with commas between them",
				value, RESOLVERS);
	for (size_t i = 0; !ret && i < list.n; i++)
		resolvers->at[i] = list.at[i].ip;
	if (!ret)
		resolvers->n = (__u32)list.n;
	prefixes_free(&list);
	return ret;
}

int setting_set(struct settings *of, const char *name, const char *value, struct error *err)
{
	const struct setting *setting;
	char choices[32];
	size_t i = 0;

	while (i < SETTINGS && strcmp(name, settings[i].name))
		i++;
	if (i == SETTINGS)
		return unknown("setting", name, text_nearest(name, SETTINGS, name_at, NULL),
			       "default, mode, strict, backstop, answers, names or resolvers", err);
	setting = &settings[i];
	if (setting->offset == NO_WORD) {
		struct resolvers given = {};

		if (strcmp(value, setting->values[0]) && set_resolvers(&given, value, err))
			return -1;
		of->resolvers = given;
		return 0;
	}
	for (__u32 v = 0; v < 2; v++) {
		if (!strcmp(value, setting->values[v])) {
			*word_of(of, i) = v;
			return 0;
		}
	}
	snprintf(choices, sizeof(choices), "%s or %s", setting->values[0], setting->values[1]);
	return unknown(name, value, text_nearest(value, 2, value_at, setting), choices, err);
}
