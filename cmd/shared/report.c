// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "rule/format.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/setting.h"
#include "history.h"
#include "report.h"
#include "rules_json.h"

/* An unlinked file, so that a long report takes no memory of this process. */
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
		return error_errno(err, errno, "cannot create a file for the report");
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

	/* JSON names users, which may need a name server: look them up later. */
	if (report->root) {
		putc(sign, report->to);
		fwrite(rule, sizeof(*rule), 1, report->to);
	} else if (report->counts && !report->inv->dry_run) {
		report->removed++;
	} else if (!report->inv->out.quiet) {
		if (before)
			report_text(report, '-', before);
		if (now)
			report_text(report, '+', now);
	}
}

static void report_setting(struct report *report, const char *name, const char *before, const char *now)
{
	char text[SETTING_SIZE + 32];

	if (!strcmp(before, now))
		return;
	if (report->root) {
		json_object_set_new(report->root, setting_field(name), json_string(now));
		return;
	}
	snprintf(text, sizeof(text), "set %s %s", name, before);
	output_change(&report->inv->out, report->to, '-', text);
	snprintf(text, sizeof(text), "set %s %s", name, now);
	output_change(&report->inv->out, report->to, '+', text);
}

void report_settings(struct report *report, const struct settings *before, const struct settings *now)
{
	char was[SETTING_SIZE], is[SETTING_SIZE];

	if (!report->root && report->inv->out.quiet)
		return;
	for (size_t i = 0; setting_name(i); i++)
		report_setting(report, setting_name(i), setting_value(before, i, was), setting_value(now, i, is));
}

static void report_one(const struct report *report, char sign, const struct kept_set *kept)
{
	char *line = kept->except[0] ? kept_except_line(kept->except, kept->set) : NULL;

	if (line)
		output_change(&report->inv->out, report->to, sign, line);
	free(line);
}

static void report_except(const struct kept_set *before, const struct kept_set *now, void *arg)
{
	struct report *report = arg;
	json_t *excepts = report->root ? json_object_get(report->root, "excepts") : NULL;

	if (!strcmp(before->except, now->except))
		return;
	if (report->root && !excepts) {
		excepts = json_array();
		json_object_set_new(report->root, "excepts", excepts);
	}
	if (report->root) {
		json_array_append_new(excepts,
				      json_pack("{s:o,s:o}", "set", output_string(now->set[0] ? now->set : before->set),
						"except", output_string(now->except)));
	} else if (!report->inv->out.quiet) {
		report_one(report, '-', before);
		report_one(report, '+', now);
	}
}

void report_excepts(struct report *report, const struct kept_sets *before, const struct kept_sets *now)
{
	kept_sets_compare(before, now, report_except, report);
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

/* Prints the rules with a sign, as the elements of an array. */
static void print_rules(const struct report *report, char sign)
{
	struct rules_json list = rules_json_elements(&report->inv->out, stdout);
	struct rule_info rule;
	int found;

	rewind(report->to);
	while ((found = getc(report->to)) != EOF && fread(&rule, sizeof(rule), 1, report->to) == 1) {
		if (found == sign)
			rules_json_add(&list, &rule);
	}
	rules_json_end_elements(&list);
}

/* Prints the document with its rules one by one: in memory a million would take gigabytes. */
static void print_json(const struct report *report)
{
	static const struct {
		const char *name;
		char sign;
	} arrays[] = {{"added", '+'}, {"changed", '='}, {"removed", '-'}};
	char *text = output_checked(json_dumps(report->root, output_json_flags(report->inv->out.pretty))), *at = text;

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		char quoted[16], *array;

		if (!json_is_array(json_object_get(report->root, arrays[i].name)))
			continue; /* restore has numbers there */
		/* No text of the document has the name so: its quotes would be escaped. */
		snprintf(quoted, sizeof(quoted), "\"%s\":", arrays[i].name);
		array = strchr(strstr(at, quoted), '[') + 1;
		fwrite(at, 1, (size_t)(array - at), stdout);
		print_rules(report, arrays[i].sign);
		at = array + 1;
	}
	puts(at);
	free(text);
	json_decref(report->root);
}

static void print_text(const struct report *report)
{
	char part[16384];
	size_t size;

	rewind(report->to);
	while ((size = fread(part, 1, sizeof(part), report->to)))
		fwrite(part, 1, size, stdout);
}

int report_close(struct report *report, struct session *session, struct error *err)
{
	const struct invocation *inv = report->inv;
	bool failed;
	int ret = 0;

	if (report->counts && !report->root && !inv->dry_run && !inv->out.quiet)
		fprintf(report->to, "%zu rule%s removed\n", report->removed, report->removed == 1 ? "" : "s");
	if (report->trial && !report->root && !inv->dry_run && !inv->out.quiet)
		fputs("on trial: 'lsmctl confirm' keeps it\n", report->to);
	failed = fflush(report->to) || ferror(report->to);
	session_close(session);
	if (report->cutting)
		cutting_do(report->cutting, inv);
	if (!failed)
		history_warn(report->root);
	if (failed) {
		report_drop(report);
		return error_errno(err, ENOSPC, "done, but the report cannot be printed");
	}
	if (report->root) {
		if (report->cutting)
			cutting_tell(report->cutting, inv, report->root, err);
		print_json(report);
	} else {
		print_text(report);
		if (report->cutting)
			ret = cutting_tell(report->cutting, inv, NULL, err);
	}
	fclose(report->to);
	return ret;
}

void report_drop(struct report *report)
{
	json_decref(report->root);
	if (report->to)
		fclose(report->to);
}

static int is_there(const struct rule_info *rule, void *arg)
{
	(void)rule, (void)arg;
	return 1;
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
		if (!ruleset_find(rules, &loopback->at[i], &there) &&
		    !ruleset_each_twin(rules, &loopback->at[i], is_there, NULL))
			loopback->at[kept++] = loopback->at[i];
	}
	loopback->n = kept;
	return 0;
}
