// SPDX-License-Identifier: GPL-2.0-only
/* What most commands begin and end with. */
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include "cmd.h"
#include "../common/seat.h"

int session_open(struct session *session, const struct invocation *inv, enum ruleset_access access, struct error *err)
{
	enum ruleset_access wanted = access;

	for (;;) {
		struct pins pins = PINS_CLOSED;
		struct ruleset *rules;

		if (pins_open(&pins, inv->pin_dir, wanted == RULESET_READ ? PINS_SHARED : PINS_EXCLUSIVE, err))
			return -1;
		rules = ruleset_open(&pins, wanted, err);
		/* A reader must not show what a killed writer left half done: be a writer for a moment, which mends it.
		 */
		if (rules && ruleset_is_pending(rules)) {
			ruleset_close(rules);
			pins_close(&pins);
			wanted = RULESET_WRITE;
			continue;
		}
		if (!rules) {
			pins_close(&pins);
			return -1;
		}
		*session = (struct session){.pins = pins, .rules = rules};
		if (wanted != RULESET_READ)
			seats_sweep(&pins, rules);
		return 0;
	}
}

void session_close(struct session *session)
{
	ruleset_close(session->rules);
	pins_close(&session->pins);
}

int session_print(const struct invocation *inv, FILE *to, void (*write)(struct ruleset *rules, FILE *to, void *arg),
		  void *arg, struct error *err)
{
	struct session session;
	FILE *memory = NULL;
	char *text = NULL;
	size_t size = 0;
	bool few;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	few = ruleset_count(session.rules) <= SNAPSHOT;
	if (few)
		memory = open_memstream(&text, &size);
	if (memory || !few)
		write(session.rules, few ? memory : to, arg);
	session_close(&session);
	if (!few)
		return 0;
	if (!memory || fclose(memory))
		return error_errno(err, ENOMEM, "cannot print the rules");
	fwrite(text, 1, size, to);
	free(text);
	return 0;
}

struct report report_open(const struct invocation *inv)
{
	struct report report = {.inv = inv};

	if (inv->out.json) {
		report.root = output_root();
		json_object_set_new(report.root, "dry_run", json_boolean(inv->dry_run));
		json_object_set_new(report.root, "added", json_array());
		json_object_set_new(report.root, "changed", json_array());
		json_object_set_new(report.root, "removed", json_array());
	}
	return report;
}

static void report_text(const struct report *report, char sign, const struct rule_info *rule)
{
	char *text = rule_format(&rule->spec);

	if (text)
		output_change(&report->inv->out, sign, text);
	free(text);
}

void report_rule(struct report *report, const struct rule_info *before, const struct rule_info *now)
{
	const char *what = !before ? "added" : now ? "changed" : "removed";

	if (report->root) {
		json_array_append_new(json_object_get(report->root, what), output_rule(now ? now : before));
	} else if (!report->inv->out.quiet) {
		if (before)
			report_text(report, '-', before);
		if (now)
			report_text(report, '+', now);
	}
}

void report_hosts(struct report *report, const struct hosts *hosts)
{
	json_t *names = report->root ? json_array() : NULL;

	for (size_t i = 0; names && i < hosts->n; i++) {
		json_t *addresses = json_array();

		for (size_t k = 0; k < hosts->at[i].n; k++) {
			char text[PREFIX_TEXT_SIZE];

			prefix_format(&hosts->at[i].addresses[k], true, text);
			json_array_append_new(addresses, json_string(text));
		}
		json_array_append_new(names, json_pack("{s:s,s:o}", "name", hosts->at[i].name, "addresses", addresses));
	}
	if (names)
		json_object_set_new(report->root, "names", names);
}

void report_close(struct report *report)
{
	if (report->root)
		output_json(&report->inv->out, report->root);
}

int loopback_rules(struct ruleset *rules, struct rules *loopback, struct error *err)
{
	char word[] = "loopback", option[] = "comment", comment[] = "added with default block";
	char *const words[] = {word, option, comment};
	struct rule_info there;
	size_t kept = 0;

	if (rules_parse(loopback, 3, words, VERDICT_ALLOW, err))
		return -1;
	for (size_t i = 0; i < loopback->n; i++) {
		if (!ruleset_find(rules, &loopback->at[i], &there))
			loopback->at[kept++] = loopback->at[i];
	}
	loopback->n = kept;
	return 0;
}
