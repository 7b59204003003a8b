// SPDX-License-Identifier: GPL-2.0-only
/* Writes a JSON document with many rules one by one: the whole document would take memory for a million rules. */
#include <stdlib.h>
#include <string.h>
#include "base/time.h"
#include "rule/json.h"
#include "rules_json.h"

/* Writes a value as jansson would at this depth. Strings contain no raw newline. */
static void put_value(const struct rules_json *list, const json_t *value, const char *indent)
{
	char *text = json_dumps(value, output_json_flags(list->pretty)), *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		fprintf(list->to, "%s%s%s", line, rest ? "\n" : "", rest ? indent : "");
	free(text);
}

struct rules_json rules_json_elements(const struct output *out, FILE *to)
{
	return (struct rules_json){.pretty = out->pretty, .to = to, .boot_offset = clock_offset()};
}

void rules_json_begin(struct rules_json *list, const struct output *out, FILE *to, const char *name,
		      const json_t *value)
{
	*list = rules_json_elements(out, to);
	fputs(list->pretty ? "{\n  \"schema\": " OUTPUT_SCHEMA_TEXT ",\n  " : "{\"schema\":" OUTPUT_SCHEMA_TEXT ",",
	      to);
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

void rules_json_end_elements(struct rules_json *list)
{
	fputs(list->pretty && list->n ? "\n  ]" : "]", list->to);
}

void rules_json_end(struct rules_json *list)
{
	rules_json_end_elements(list);
	fputs(list->pretty ? "\n}\n" : "}\n", list->to);
}

json_t *output_rule(const struct rule_info *rule)
{
	return output_checked(rule_json_value(rule));
}
