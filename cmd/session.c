// SPDX-License-Identifier: GPL-2.0-only
/* What most commands begin and end with. */
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
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
	if (session->rules)
		ruleset_close(session->rules);
	session->rules = NULL;
	pins_close(&session->pins);
}

int session_print(const struct invocation *inv, FILE *to, void (*write)(struct ruleset *rules, FILE *to, void *arg),
		  void *arg, struct error *err)
{
	struct session session;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	ret = ruleset_detach(session.rules, err);
	pins_close(&session.pins);
	if (!ret)
		write(session.rules, to, arg);
	session_close(&session);
	return ret;
}

/* In a file that is nowhere, so that a long report takes no memory of this process. */
static FILE *open_spool(void)
{
	int fd = memfd_create("lsmctl-report", MFD_CLOEXEC);
	FILE *spool = fd < 0 ? NULL : fdopen(fd, "w+");

	if (!spool && fd >= 0)
		close(fd);
	return spool ? spool : tmpfile();
}

int report_open(struct report *report, const struct invocation *inv, struct error *err)
{
	*report = (struct report){.inv = inv, .to = open_spool()};
	if (!report->to)
		return error_errno(err, errno, "cannot make a file for the report");
	if (inv->out.json) {
		report->root = output_root();
		json_object_set_new(report->root, "dry_run", json_boolean(inv->dry_run));
		json_object_set_new(report->root, "added", json_array());
		json_object_set_new(report->root, "changed", json_array());
		json_object_set_new(report->root, "removed", json_array());
	}
	return 0;
}

static void report_text(const struct report *report, char sign, const struct rule_info *rule)
{
	char *text = rule_format(&rule->spec);

	if (text)
		output_change(&report->inv->out, report->to, sign, text);
	free(text);
}

void report_rule(struct report *report, const struct rule_info *before, const struct rule_info *now)
{
	const struct rule_info *rule = now ? now : before;
	char sign = !before ? '+' : now ? '=' : '-';

	/* JSON names users, for which it may have to ask a name server: later. */
	if (report->root) {
		putc(sign, report->to);
		fwrite(rule, sizeof(*rule), 1, report->to);
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

static void print_json(const struct report *report)
{
	struct rule_info rule;
	int sign;

	while ((sign = getc(report->to)) != EOF && fread(&rule, sizeof(rule), 1, report->to)) {
		const char *what = sign == '+' ? "added" : sign == '-' ? "removed" : "changed";

		json_array_append_new(json_object_get(report->root, what), output_rule(&rule));
	}
	output_json(&report->inv->out, report->root);
}

static void print_text(const struct report *report)
{
	char part[16384];
	size_t size;

	while ((size = fread(part, 1, sizeof(part), report->to)))
		fwrite(part, 1, size, stdout);
}

int report_close(struct report *report, struct session *session, struct error *err)
{
	bool failed = fflush(report->to) || ferror(report->to);

	session_close(session);
	if (failed) {
		report_drop(report);
		return error_errno(err, ENOSPC, "done, but it cannot be told");
	}
	rewind(report->to);
	if (report->root)
		print_json(report);
	else
		print_text(report);
	fclose(report->to);
	return 0;
}

void report_drop(struct report *report)
{
	json_decref(report->root);
	if (report->to)
		fclose(report->to);
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
