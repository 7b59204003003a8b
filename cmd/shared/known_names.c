// SPDX-License-Identifier: GPL-2.0-only
#include "base/time.h"
#include "host/pins.h"
#include "rule/prefix.h"
#include "table/ruleset.h"
#include "known_names.h"
#include "session.h"

#define PAUSE 1000000000u /* ns: the maps are new when names were off meanwhile, but that is rare */

static void open_maps(struct known_names *names)
{
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	struct ruleset *rules;

	known_names_close(names);
	names->tried = clock_boot();
	if (pins_open(&pins, names->pin_dir, names->patient ? PINS_SHARED : PINS_IF_FREE, &ignored))
		return;
	rules = ruleset_open(&pins, RULESET_READ, &ignored);
	if (rules) {
		names->open = name_maps_open(&names->maps, ruleset_config(rules));
		ruleset_close(rules);
	}
	pins_close(&pins);
}

const char *known_names_text(struct known_names *names, uint64_t hash)
{
	if (!hash)
		return NULL;
	if (names->open && name_maps_text(&names->maps, hash, names->text))
		return names->text;
	if (names->tried && clock_boot() - names->tried < PAUSE)
		return NULL;
	open_maps(names);
	return names->open && name_maps_text(&names->maps, hash, names->text) ? names->text : NULL;
}

void known_names_close(struct known_names *names)
{
	if (names->open)
		name_maps_close(&names->maps);
	names->open = false;
}

int known_names_list(const struct invocation *inv, struct name_list *list, bool *on, struct error *err)
{
	struct name_maps maps;
	struct session session;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	*on = name_maps_open(&maps, ruleset_config(session.rules));
	session_close(&session);
	ret = *on ? name_list_read(list, &maps, err) : 0;
	name_maps_close(&maps);
	return ret;
}

json_t *output_resolvers(const struct resolvers *list)
{
	json_t *value = json_array();

	for (__u32 i = 0; i < list->n && i < RESOLVERS; i++) {
		const struct prefix prefix = {.ip = list->at[i], .len = 128};
		char text[PREFIX_TEXT_SIZE];

		prefix_format(&prefix, true, text);
		json_array_append_new(value, json_string(text));
	}
	return value;
}
