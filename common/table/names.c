// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ruled_id.h"
#include "base/array.h"
#include "rule/name.h"
#include "names.h"

int names_compare(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

int names_append(uint64_t **list, uint32_t *n, uint64_t id)
{
	uint64_t *at = array_with_room_for_one(*list, *n, sizeof(*at));

	if (!at)
		return -ENOMEM;
	*list = at;
	at[(*n)++] = id;
	return 0;
}

int names_of(const struct rule *rules, uint32_t n_rules, uint64_t **ids, uint32_t *n, bool *resolvers)
{
	uint32_t all = 0;

	*ids = NULL;
	*n = 0;
	*resolvers = false;
	for (uint32_t i = 0; i < n_rules; i++) {
		const struct rule *rule = &rules[i];

		if (!ip_is_name(&rule->ip) || action_len(rule->action) != 128)
			continue;
		if (ip_is_resolvers(&rule->ip))
			*resolvers = true;
		else if (names_append(ids, &all, name_id(&rule->ip))) {
			free(*ids);
			*ids = NULL;
			return -ENOMEM;
		}
	}
	if (all)
		qsort(*ids, all, sizeof(**ids), names_compare);
	for (uint32_t i = 0; i < all; i++) {
		if (!i || (*ids)[i] != (*ids)[i - 1])
			(*ids)[(*n)++] = (*ids)[i];
	}
	return 0;
}

uint32_t names_lines(const char *text)
{
	return (uint32_t)((strlen(text) + sizeof(struct line)) / sizeof(struct line));
}

static int put_texts(const uint64_t *ids, uint32_t n, struct arena *arena, uint32_t *first)
{
	for (uint32_t i = 0; i < n; i++) {
		const union ip ip = name_ip(ids[i]);
		const char *text = name_text(&ip);
		uint32_t line = text ? arena_lines(arena, names_lines(text)) : 0;

		if (!line)
			return text ? -ENOMEM : -EIO;
		strcpy((char *)arena_line(arena, line), text);
		*first = i ? *first : line;
	}
	return 0;
}

int names_put(const struct rule *rules, uint32_t n_rules, uint32_t most, struct arena *arena, struct error *err)
{
	uint32_t n = 0, first = 0;
	uint64_t *ids = NULL;
	bool ignored;
	int ret = names_of(rules, n_rules, &ids, &n, &ignored);
	struct subject *everyone;

	most = most ? most : NAME_RULES;
	if (!ret && n > most) {
		free(ids);
		return error_set(
			err, ERR_FULL,
			"too many names in rules: %u, and at most %u (more room: 'lsmctl unload', then 'lsmctl load --max-names N')",
			n, most);
	}
	if (!ret)
		ret = put_texts(ids, n, arena, &first);
	free(ids);
	if (ret)
		return error_errno(err, -ret, "cannot build the tables");
	everyone = (struct subject *)arena_line(arena, ((struct header *)arena_line(arena, 0))->subject_line);
	everyone->name_line = first;
	everyone->names = n;
	return 0;
}
