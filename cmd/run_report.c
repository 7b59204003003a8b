// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "base/new_file.h"
#include "base/text.h"
#include "base/time.h"
#include "name/resolve.h"
#include "rule/format.h"
#include "rule/verdict.h"
#include "shared/program.h"
#include "run_report.h"
#include "run_seen.h"

static uint64_t refused_calls(const struct run_report *report)
{
	uint64_t n = 0;

	for (size_t i = 0; i < report->n; i++)
		n += seen_is_refused(&report->calls[i]) ? report->calls[i].seen.count : 0;
	return n;
}

int run_report_read(struct run_report *report, const struct running *running, const struct run_wish *wish,
		    struct error *err)
{
	ssize_t n;

	*report = (struct run_report){.audit = wish->audit, .rules = &wish->rules};
	n = run_maps_seen(&running->maps, running->tree.id, &report->calls, err);
	report->n = n < 0 ? 0 : (size_t)n;
	/* Another policy may be loaded by now, which has no counts of this run. */
	if (!run_counts(running, true, &report->counts))
		report->counts = (struct run){.refused = refused_calls(report)};
	return n < 0 ? -1 : 0;
}

void run_report_free(struct run_report *report)
{
	free(report->calls);
	*report = (struct run_report){};
}

uint64_t run_report_refused(const struct run_report *report)
{
	return report->counts.refused;
}

/* Returns the name by which --allow named an address, or NULL. */
static const char *name_of(const struct run_report *report, const struct seen *seen)
{
	const struct prefix prefix = {.ip = seen->call.ip, .len = 128};

	for (size_t i = 0; i < report->rules->n && seen->call.kind <= RUN_REFUSED; i++) {
		const struct rule_spec *spec = &report->rules->at[i];

		if (prefix_equal(&spec->prefix, &prefix) && !strncmp(spec->comment, NAMED_PREFIX, strlen(NAMED_PREFIX)))
			return spec->comment + strlen(NAMED_PREFIX);
	}
	return NULL;
}

static const char *verdict_of(const struct run_report *report, const struct seen *seen)
{
	if (!seen_is_refused(seen))
		return "allowed";
	return seen->call.verdict == VERDICT_BLOCK ? "refused" : report->audit ? "would refuse" : "audited";
}

struct cells {
	char target[SEEN_TARGET_SIZE], proto[16], program[17], exe[PROGRAM_TEXT_SIZE];
	char first[TIME_TEXT_SIZE], last[TIME_TEXT_SIZE];
};

static struct cells cells_of(const struct seen *seen)
{
	struct cells cells = {};

	seen_target(seen, cells.target);
	seen_proto(seen, cells.proto);
	seen_program(seen, cells.program);
	program_text(seen->seen.program, cells.exe);
	time_format_boot(seen->seen.first, cells.first);
	time_format_boot(seen->seen.last, cells.last);
	return cells;
}

static void write_counts(const struct run_report *report, FILE *to)
{
	uint64_t refused = run_report_refused(report);

	if (!refused)
		fprintf(to, "nothing %s refused", report->audit ? "would have been" : "was");
	else
		fprintf(to, "%llu call%s %s refused", (unsigned long long)refused, refused == 1 ? "" : "s",
			report->audit  ? "would have been"
			: refused == 1 ? "was"
				       : "were");
	if (report->counts.unrecorded)
		fprintf(to, "; %llu calls had no room in this record", (unsigned long long)report->counts.unrecorded);
}

static void write_table(const struct run_report *report, const struct output *out, bool refused_only, FILE *to)
{
	static const char *const header[] = {"VERDICT", "DESTINATION", "NAME", "PROTO", "PROGRAM",
					     "CALLS",	"FIRST",       "LAST", "BY",	"EXE"};
	struct table table = table_open(out, sizeof(header) / sizeof(header[0]), header);

	table.to = to;
	for (size_t i = 0; i < report->n; i++) {
		const struct seen *seen = &report->calls[i];
		const struct cells cells = cells_of(seen);
		const char *name = name_of(report, seen), *by = seen_by(seen);

		if (refused_only && !seen_is_refused(seen))
			continue;
		table_cell(&table, "%s", verdict_of(report, seen));
		table_cell(&table, "%s", cells.target);
		table_cell(&table, "%s", name ? name : "-");
		table_cell(&table, "%s", cells.proto);
		table_cell(&table, "%s", cells.program);
		table_cell(&table, "%llu", (unsigned long long)seen->seen.count);
		table_cell(&table, "%s", cells.first);
		table_cell(&table, "%s", cells.last);
		table_cell(&table, "%s", by ? by : "-");
		table_cell(&table, "%s", cells.exe[0] ? cells.exe : "-");
	}
	table_close(&table);
}

static json_t *or_null(const char *text)
{
	return text ? output_string(text) : json_null();
}

static json_t *json_of(const struct run_report *report)
{
	json_t *root = output_root(), *calls = json_array();

	for (size_t i = 0; i < report->n; i++) {
		const struct seen *seen = &report->calls[i];
		const struct cells cells = cells_of(seen);
		char option[SEEN_OPTION_SIZE];
		json_t *call = json_object();
		bool refused = seen_is_refused(seen);

		seen_option(seen, option);
		json_object_set_new(call, "verdict", json_string(refused ? verdict_name(seen->call.verdict) : "allow"));
		json_object_set_new(call, "destination", output_string(cells.target));
		json_object_set_new(call, "name", or_null(name_of(report, seen)));
		json_object_set_new(call, "proto", cells.proto[0] == '-' ? json_null() : json_string(cells.proto));
		json_object_set_new(call, "program", output_string(cells.program));
		json_object_set_new(call, "exe", or_null(cells.exe[0] ? cells.exe : NULL));
		json_object_set_new(call, "pid", json_integer(seen->seen.pid));
		json_object_set_new(call, "calls", json_integer((json_int_t)seen->seen.count));
		json_object_set_new(call, "first", json_string(cells.first));
		json_object_set_new(call, "last", json_string(cells.last));
		json_object_set_new(call, "by", or_null(seen_by(seen)));
		json_object_set_new(call, "option", or_null(refused && option[0] ? option : NULL));
		json_array_append_new(calls, call);
	}
	json_object_set_new(root, "audit", json_boolean(report->audit));
	json_object_set_new(root, "refused", json_integer((json_int_t)run_report_refused(report)));
	json_object_set_new(root, "unrecorded", json_integer((json_int_t)report->counts.unrecorded));
	json_object_set_new(root, "calls", calls);
	return root;
}

static void write_json(const struct run_report *report, bool pretty, FILE *to)
{
	json_t *root = json_of(report);
	char *text = output_checked(json_dumps(root, output_json_flags(pretty)));

	fprintf(to, "%s\n", text);
	free(text);
	json_decref(root);
}

/* Others choose some of the text: it must make no link, image or cell of its own. */
static void write_markdown_text(const char *text, FILE *to)
{
	char *plain = text_escape(text);

	for (const char *at = plain ? plain : ""; *at; at++) {
		if (*at == '<' || *at == '&')
			fputs(*at == '<' ? "&lt;" : "&amp;", to);
		else
			fprintf(to, "%s%c", strchr("\\`*_{}[]()#+!|>~@", *at) ? "\\" : "", *at);
	}
	free(plain);
}

static void write_markdown(const struct run_report *report, FILE *to)
{
	fputs("## What the run reached\n\n", to);
	write_counts(report, to);
	fputs(".\n\n| verdict | destination | name | protocol | program | calls | first | last | by | exe |\n"
	      "| --- | --- | --- | --- | --- | ---: | --- | --- | --- | --- |\n",
	      to);
	for (size_t i = 0; i < report->n; i++) {
		const struct seen *seen = &report->calls[i];
		const struct cells cells = cells_of(seen);
		const char *name = name_of(report, seen), *by = seen_by(seen);
		char count[32];

		snprintf(count, sizeof(count), "%llu", (unsigned long long)seen->seen.count);
		const char *const texts[] = {verdict_of(report, seen),
					     cells.target,
					     name ? name : "",
					     cells.proto,
					     cells.program,
					     count,
					     cells.first,
					     cells.last,
					     by ? by : "",
					     cells.exe};

		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			fputs("| ", to);
			write_markdown_text(texts[k], to);
			fputc(' ', to);
		}
		fputs("|\n", to);
	}
}

void run_report_print(const struct run_report *report, const struct output *out, FILE *to)
{
	if (out->json) {
		write_json(report, out->pretty, to);
		return;
	}
	fputs("lsmctl: ", to);
	write_counts(report, to);
	fputs("\n", to);
	if (run_report_refused(report))
		write_table(report, out, true, to);
}

static bool ends_with(const char *path, const char *end)
{
	size_t len = strlen(path), tail = strlen(end);

	return len > tail && !strcmp(path + len - tail, end);
}

int run_report_save(const struct run_report *report, const char *path, struct error *err)
{
	const struct output plain = {};
	struct new_file file;

	if (!strcmp(path, "-")) {
		write_table(report, &plain, false, stdout);
		return 0;
	}
	if (new_file_open(&file, path, err))
		return -1;
	if (ends_with(path, ".json")) {
		write_json(report, true, file.to);
	} else if (ends_with(path, ".md")) {
		write_markdown(report, file.to);
	} else {
		write_counts(report, file.to);
		fputs("\n", file.to);
		write_table(report, &plain, false, file.to);
	}
	return new_file_end(&file, path, NEW_FILE_KEEP_UNSYNCED, err);
}

static int compare_rules(const void *a, const void *b)
{
	const struct rule_spec *x = a, *y = b;
	int diff = prefix_compare(&x->prefix, &y->prefix);

	return diff ? diff : x->port_lo != y->port_lo ? x->port_lo - y->port_lo : x->proto - y->proto;
}

static int collect_rules(const struct run_report *report, struct rules *rules, struct error *err)
{
	for (size_t i = 0; i < report->n; i++) {
		const char *name = name_of(report, &report->calls[i]);
		struct rule_spec spec;

		if (!seen_rule(&report->calls[i], &spec))
			continue;
		if (rules_reserve(rules, 1, err))
			return -1;
		if (name)
			snprintf(spec.comment, sizeof(spec.comment), "%s", name);
		rules->at[rules->n++] = spec;
	}
	if (rules->n)
		qsort(rules->at, rules->n, sizeof(*rules->at), compare_rules);
	return 0;
}

static void write_rules(const struct run_report *report, const struct rules *rules, FILE *to)
{
	char option[SEEN_OPTION_SIZE];

	fputs("# What a run reached, and what it was refused: check it, then 'lsmctl run --file' it.\n", to);
	for (size_t i = 0; i < report->n; i++) {
		const struct seen *seen = &report->calls[i];
		char *plain;

		seen_option(seen, option);
		if (seen->call.kind != RUN_UNIX || !option[0])
			continue;
		plain = text_escape(option);
		fprintf(to, "# needs the option %s\n", plain ? plain : "");
		free(plain);
	}
	for (size_t i = 0; i < rules->n; i++) {
		char *text;

		if (i && rule_same_identity(&rules->at[i], &rules->at[i - 1]))
			continue;
		text = rule_format(&rules->at[i]);
		fprintf(to, "%s\n", text ? text : "");
		free(text);
	}
}

int run_report_save_rules(const struct run_report *report, const char *path, struct error *err)
{
	struct rules rules = {};
	struct new_file file;
	int ret = collect_rules(report, &rules, err);

	if (!ret && !strcmp(path, "-")) {
		write_rules(report, &rules, stdout);
	} else if (!ret) {
		ret = new_file_open(&file, path, err);
		if (!ret) {
			write_rules(report, &rules, file.to);
			ret = new_file_end(&file, path, NEW_FILE_KEEP_UNSYNCED, err);
		}
	}
	rules_free(&rules);
	return ret;
}

uint64_t run_report_tell(const struct run_report *report, uint64_t after, FILE *to)
{
	uint64_t last = after;

	for (size_t i = 0; i < report->n; i++) {
		const struct seen *seen = &report->calls[i];
		const struct cells cells = cells_of(seen);
		char option[SEEN_OPTION_SIZE], *target, *program, *plain;

		if (seen->seen.first <= after || !seen_is_refused(seen))
			continue;
		if (seen->seen.first > last)
			last = seen->seen.first;
		seen_option(seen, option);
		target = text_escape(cells.target);
		program = text_escape(cells.program);
		plain = text_escape(option);
		fprintf(to, "lsmctl: %s %s to %s[%u]%s%s%s\n", verdict_of(report, seen), target ? target : "",
			program ? program : "", seen->seen.pid,
			seen->call.kind == RUN_CALL ? ", by the host's policy"
			: option[0]		    ? ": allow it by "
						    : "",
			plain ? plain : "", "");
		free(target);
		free(program);
		free(plain);
	}
	fflush(to);
	return last;
}
