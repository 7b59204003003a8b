// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "host/hooks.h"
#include "warnings.h"

void warn_of_hooks(uint32_t hooks, json_t *root)
{
	json_t *warnings = root ? json_array() : NULL;
	char text[512];

	for (size_t i = 0; i < HOOKS; i++) {
		if (has_hook(hooks, i))
			continue;
		snprintf(text, sizeof(text), "this kernel has no %s hook: open are %s (%s)", hook_name(i), hook_open(i),
			 hook_advice(i));
		if (root)
			json_array_append_new(warnings, json_string(text));
		else
			fprintf(stderr, "lsmctl: warning: %s\n", text);
	}
	if (root)
		json_object_set_new(root, "warnings", warnings);
}

void warn_of_answers(const struct error *why)
{
	if (why->code)
		fprintf(stderr,
			"lsmctl: warning: under default block UDP servers cannot answer: %s; then type 'lsmctl -e set answers on'\n",
			why->text);
}

void warn_of_names(const struct error *why)
{
	if (why->code)
		fprintf(stderr,
			"lsmctl: warning: names are on, and none is learned: %s; then type 'lsmctl -e set names on'\n",
			why->text);
}
