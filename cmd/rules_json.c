// SPDX-License-Identifier: GPL-2.0-only
/* A JSON document with many rules, a rule at a time: the whole of it would need memory for each of a million. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/rule_json.h"

void rules_json_begin(struct rules_json *list, const struct output *out, FILE *to, const char *before)
{
	*list = (struct rules_json){.pretty = out->pretty, .to = to, .boot_offset = clock_offset()};
	fprintf(to, list->pretty ? "{\n  \"schema\": 1,\n  %s%s\"rules\": [" : "{\"schema\":1,%s%s\"rules\":[", before,
		!*before       ? ""
		: list->pretty ? ",\n  "
			       : ",");
}

/* As jansson would have it two levels deep. Within a string there is no newline. */
static void put_pretty(struct rules_json *list, const struct rule_info *rule)
{
	json_t *value = output_rule(rule);
	char *text = json_dumps(value, JSON_INDENT(2)), *rest = text, *line;

	fputs(list->n++ ? "," : "", list->to);
	while ((line = strsep(&rest, "\n")))
		fprintf(list->to, "\n    %s", line);
	free(text);
	json_decref(value);
}

int rules_json_add(struct rules_json *list, const struct rule_info *rule)
{
	char text[RULE_JSON_SIZE];
	size_t size;

	if (list->pretty) {
		put_pretty(list, rule);
		return ferror(list->to);
	}
	if (list->n++)
		putc_unlocked(',', list->to);
	size = rule_json(rule, list->boot_offset, text);
	return fwrite_unlocked(text, 1, size, list->to) != size;
}

void rules_json_end(struct rules_json *list)
{
	fputs(!list->pretty ? "]}\n" : list->n ? "\n  ]\n}\n" : "]\n}\n", list->to);
}
