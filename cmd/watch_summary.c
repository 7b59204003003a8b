// SPDX-License-Identifier: GPL-2.0-only
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/time.h"
#include "watch_event.h"
#include "watch_summary.h"

#define MOST 65536u /* rows */

struct wanted {
	const struct summary *summary;
	const struct event *event;
};

static bool is_same(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;
	const struct event *a = &wanted->summary->at[place].event, *b = wanted->event;

	return a->verdict == b->verdict && a->cut == b->cut && a->rule_id == b->rule_id && a->uid == b->uid &&
	       a->name == b->name && a->port == b->port && a->proto == b->proto && a->no_ip == b->no_ip &&
	       (!a->no_ip || a->hook == b->hook) && !a->tgid == !b->tgid && !memcmp(&a->ip, &b->ip, sizeof(a->ip)) &&
	       !strncmp(a->comm, b->comm, sizeof(a->comm));
}

static uint32_t hash_of(const struct event *event)
{
	char comm[sizeof(event->comm) + 1];
	uint32_t hash;

	event_comm(event, comm);
	hash = hash_text(comm) ^ hash_number(event->ip.d[0]) ^ hash_number(event->ip.d[1] + event->uid);
	return hash ^ hash_number((uint64_t)event->port << 32 | event->rule_id);
}

void summary_add(struct summary *summary, const struct event *event)
{
	const struct wanted wanted = {summary, event};
	uint32_t hash = hash_of(event);
	int64_t place = hash_find(&summary->by_key, hash, is_same, &wanted);
	struct summary_row *at;

	if (place >= 0) {
		summary->at[place].event = *event;
		summary->at[place].times++;
		return;
	}
	at = summary->n < MOST ? array_with_room_for_one(summary->at, summary->n, sizeof(*at)) : NULL;
	if (at)
		summary->at = at;
	if (!at || hash_add(&summary->by_key, hash, (uint32_t)summary->n)) {
		summary->others++;
		return;
	}
	at[summary->n++] = (struct summary_row){*event, 1};
}

static int by_times(const void *a, const void *b)
{
	const struct summary_row *left = *(struct summary_row *const *)a, *right = *(struct summary_row *const *)b;

	if (left->times != right->times)
		return left->times < right->times ? 1 : -1;
	return left->event.time < right->event.time ? 1 : left->event.time > right->event.time ? -1 : 0;
}

/* Returns the rows in order: their places in the array must stay. Free it. */
static const struct summary_row **sorted(const struct summary *summary)
{
	const struct summary_row **rows = output_checked(calloc(summary->n + 1, sizeof(struct summary_row *)));

	for (size_t i = 0; i < summary->n; i++)
		rows[i] = &summary->at[i];
	qsort(rows, summary->n, sizeof(struct summary_row *), by_times);
	return rows;
}

static void write_row(struct table *table, const struct summary *summary, const struct summary_row *row,
		      struct watch_rules *rules)
{
	const char *name = known_names_text(summary->names, row->event.name);
	const struct event *event = &row->event;
	char target[EVENT_TARGET_SIZE], proto[16], comm[sizeof(event->comm) + 1], *user = event_user(event->uid);
	const char *text = event->rule_id ? watch_rules_text(rules, event->rule_id) : NULL;

	event_target(event, target);
	event_proto(event, proto);
	event_comm(event, comm);
	table_cell(table, "%llu", (unsigned long long)row->times);
	table_cell(table, "%s", event_verdict(event));
	table_cell(table, "%s", event->tgid ? comm : "-");
	table_cell(table, "%s", user ? user : "");
	table_cell(table, "%s", proto);
	table_cell(table, "%s%s%s", target, name ? " " : "", name ? name : "");
	if (event->rule_id)
		table_cell(table, "rule %u%s%s", event->rule_id, text ? ": " : "", text ? text : "");
	else
		table_cell(table, "%s", event->no_ip ? "kind" : "default");
	free(user);
}

void summary_write(const struct summary *summary, const struct output *out, struct watch_rules *rules, size_t most,
		   FILE *to)
{
	static const char *const header[] = {"TIMES", "VERDICT", "PROGRAM", "USER", "PROTO", "DESTINATION", "BY"};
	struct table table = table_open(out, 7, header);
	const struct summary_row **rows = sorted(summary);

	table.to = to;
	for (size_t i = 0; i < summary->n && (!most || i < most); i++)
		write_row(&table, summary, rows[i], rules);
	table_close(&table);
	free(rows);
	if (summary->others && !out->terse)
		fprintf(to, "(%llu more decisions found no room in this list)\n", (unsigned long long)summary->others);
}

static json_t *text_or_null(const char *text)
{
	return text ? output_string(text) : json_null();
}

static json_t *row_value(const struct summary *summary, const struct summary_row *row, struct watch_rules *rules,
			 int64_t boot_offset)
{
	const struct event *event = &row->event;
	char destination[PREFIX_TEXT_SIZE], proto[16], comm[sizeof(event->comm) + 1], last[TIME_TEXT_SIZE];
	const struct passwd *user = getpwuid(event->uid);
	bool has_port = !event->no_ip && event->port < NO_PORT;
	json_t *value = json_object();

	event_destination(event, destination);
	event_proto(event, proto);
	event_comm(event, comm);
	time_format((uint64_t)((int64_t)event->time + boot_offset), last);
	json_object_set_new(value, "times", json_integer((json_int_t)row->times));
	json_object_set_new(value, "verdict", json_string(event_verdict(event)));
	json_object_set_new(value, "rule_id", event->rule_id ? json_integer(event->rule_id) : json_null());
	json_object_set_new(value, "rule_text",
			    text_or_null(event->rule_id ? watch_rules_text(rules, event->rule_id) : NULL));
	json_object_set_new(value, "comm", text_or_null(event->tgid ? comm : NULL));
	json_object_set_new(value, "uid", json_integer(event->uid));
	json_object_set_new(value, "user", text_or_null(user ? user->pw_name : NULL));
	json_object_set_new(value, "proto", text_or_null(event->no_ip ? NULL : proto));
	json_object_set_new(value, "destination", text_or_null(event->no_ip ? NULL : destination));
	json_object_set_new(value, "port", has_port ? json_integer(event->port) : json_null());
	json_object_set_new(value, "name", text_or_null(known_names_text(summary->names, event->name)));
	json_object_set_new(value, "last", json_string(last));
	return value;
}

json_t *summary_value(const struct summary *summary, struct watch_rules *rules, int64_t boot_offset)
{
	const struct summary_row **rows = sorted(summary);
	json_t *values = json_array();

	for (size_t i = 0; i < summary->n; i++)
		json_array_append_new(values, row_value(summary, rows[i], rules, boot_offset));
	free(rows);
	return values;
}

void summary_free(struct summary *summary)
{
	free(summary->at);
	hash_free(&summary->by_key);
}
