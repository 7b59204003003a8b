// SPDX-License-Identifier: GPL-2.0-only
/* A JSON document with many rules, a rule at a time: the whole of it would need memory for each of a million. */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"
#include "../common/rule_json.h"

/* As jansson would have it so much deeper. Within a string there is no newline. */
static void put_value(const struct rules_json *list, const json_t *value, const char *indent)
{
	char *text = json_dumps(value, list->pretty ? JSON_INDENT(2) : JSON_COMPACT), *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		fprintf(list->to, "%s%s%s", line, rest ? "\n" : "", rest ? indent : "");
	free(text);
}

void rules_json_begin(struct rules_json *list, const struct output *out, FILE *to, const char *name,
		      const json_t *value)
{
	*list = (struct rules_json){.pretty = out->pretty, .to = to, .boot_offset = clock_offset()};
	fputs(list->pretty ? "{\n  \"schema\": 1,\n  " : "{\"schema\":1,", to);
	if (name) {
		fprintf(to, list->pretty ? "\"%s\": " : "\"%s\":", name);
		put_value(list, value, "  ");
		fputs(list->pretty ? ",\n  " : ",", to);
	}
	fputs(list->pretty ? "\"rules\": [" : "\"rules\":[", to);
}

int rules_json_add(struct rules_json *list, const struct rule_info *rule)
{
	char text[RULE_JSON_SIZE];
	size_t size;

	if (list->pretty) {
		json_t *value = output_rule(rule);

		fputs(list->n++ ? ",\n    " : "\n    ", list->to);
		put_value(list, value, "    ");
		json_decref(value);
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
