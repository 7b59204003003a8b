// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "duration.h"
#include "prefix.h"
#include "setting.h"

/* Instead of an offset: what is no word. */
#define OF_RESOLVERS ((size_t)-1)
#define OF_KEEP	     ((size_t)-2)

#define SECOND	  UINT64_C(1000000000)
#define MOST_KEEP (365 * UINT64_C(86400)) /* s; adding it to a clock cannot overflow */

/* The settings and their values, in the order of their numbers. 0 is the value after load. */
static const struct setting {
	const char *name;
	const char *values[3];
	size_t offset; /* of a word in struct settings */
} settings[] = {
	{"default", {"allow", "block"}, offsetof(struct settings, default_verdict)},
	{"mode", {"enforce", "audit"}, offsetof(struct settings, mode)},
	{"strict", {"off", "on"}, offsetof(struct settings, strict)},
	{"backstop", {"off", "on"}, offsetof(struct settings, backstop)},
	{"answers", {"on", "off"}, offsetof(struct settings, no_answers)},
	{"names", {"off", "on"}, offsetof(struct settings, names)},
	{"resolvers", {"auto"}, OF_RESOLVERS},
	{"name-keep", {"1h,1d"}, OF_KEEP},
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
	if (!strcmp(name, "name-keep"))
		return "name_keep";
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

static const char *keep_format(const struct settings *of, char text[SETTING_SIZE])
{
	char least[32], most[32];

	duration_format(settings_keep_least(of) * SECOND, least);
	duration_format(settings_keep_most(of) * SECOND, most);
	snprintf(text, SETTING_SIZE, "%s,%s", least, most);
	return text;
}

const char *setting_value(const struct settings *of, size_t i, char text[SETTING_SIZE])
{
	if (settings[i].offset == OF_KEEP)
		return keep_format(of, text);
	if (settings[i].offset == OF_RESOLVERS)
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

/* Reads one of both times, s. */
static bool read_keep(const char *text, size_t len, __u32 *s)
{
	char part[32];
	uint64_t ns;

	snprintf(part, sizeof(part), "%.*s", (int)len, text);
	if (len >= sizeof(part) || duration_parse(part, &ns) || ns < SECOND || ns > MOST_KEEP * SECOND)
		return false;
	*s = (__u32)(ns / SECOND);
	return true;
}

/* Keeps 0 for what is set after load, so that equal settings are equal in memory. */
static int set_keep(struct settings *of, const char *value, struct error *err)
{
	const char *comma = strchrnul(value, ',');
	__u32 least, most;

	if (!read_keep(value, (size_t)(comma - value), &least))
		return error_set(err, ERR_USAGE,
				 "bad name-keep, near '%.64s': MIN or MIN,MAX, from 1s to 365d, such as 1h,1d", value);
	most = least > DNS_KEEP_MOST ? least : DNS_KEEP_MOST;
	if (*comma && !read_keep(comma + 1, strlen(comma + 1), &most))
		return error_set(err, ERR_USAGE,
				 "bad name-keep, near '%.64s': MAX is a time from 1s to 365d, such as in 1h,1d",
				 comma + 1);
	if (most < least)
		return error_set(err, ERR_USAGE, "bad name-keep, near '%.64s': MAX is less than MIN", value);
	of->keep_least = least == DNS_KEEP_LEAST ? 0 : least;
	of->keep_most = most == DNS_KEEP_MOST ? 0 : most;
	return 0;
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
			       "default, mode, strict, backstop, answers, names, resolvers or name-keep", err);
	setting = &settings[i];
	if (setting->offset == OF_KEEP)
		return set_keep(of, value, err);
	if (setting->offset == OF_RESOLVERS) {
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
