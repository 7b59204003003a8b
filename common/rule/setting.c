// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "setting.h"

/* The settings and their values, in the order of their numbers. 0 is the value after load. */
static const struct setting {
	const char *name;
	const char *values[3];
	size_t offset; /* in struct settings */
} settings[] = {
	{"default", {"allow", "block"}, offsetof(struct settings, default_verdict)},
	{"mode", {"enforce", "audit"}, offsetof(struct settings, mode)},
	{"strict", {"off", "on"}, offsetof(struct settings, strict)},
	{"backstop", {"off", "on"}, offsetof(struct settings, backstop)},
	{"answers", {"on", "off"}, offsetof(struct settings, no_answers)},
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

const char *setting_value(const struct settings *of, size_t i)
{
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

__u32 *setting_parse(struct settings *of, const char *name, const char *value, __u32 *choice, struct error *err)
{
	const struct setting *setting;
	char choices[32];
	size_t i = 0;

	while (i < SETTINGS && strcmp(name, settings[i].name))
		i++;
	if (i == SETTINGS) {
		unknown("setting", name, text_nearest(name, SETTINGS, name_at, NULL),
			"default, mode, strict, backstop or answers", err);
		return NULL;
	}
	setting = &settings[i];
	for (__u32 v = 0; v < 2; v++) {
		if (!strcmp(value, setting->values[v])) {
			*choice = v;
			return word_of(of, i);
		}
	}
	snprintf(choices, sizeof(choices), "%s or %s", setting->values[0], setting->values[1]);
	unknown(name, value, text_nearest(value, 2, value_at, setting), choices, err);
	return NULL;
}
