// SPDX-License-Identifier: GPL-2.0-only
/* Prints at intervals, with the hits since the last time. */
#include <errno.h>
#include <stdlib.h>
#include "base/time.h"
#include "rule/format.h"
#include "shared/screen.h"
#include "shared/session.h"
#include "shared/stream.h"
#include "stats.h"
#include "stats_top.h"

#define MOST 512 /* rules in text without --top: more than any window has lines */

/* A rule with hits, in little memory: a policy may have a million. */
struct counted {
	uint32_t id;
	uint64_t hits;
};

struct reading {
	struct counted *at; /* sorted by id */
	size_t n, room;
	bool sorted;
	struct totals totals;
	uint64_t time; /* CLOCK_MONOTONIC, ns; 0: no reading yet */
};

struct following {
	const struct invocation *inv;
	uint64_t interval; /* seconds */
	uint64_t loaded_at;
	struct screen screen;
	struct reading before, now;
	size_t next; /* the likely place of the next rule in the last reading */
	struct top top;
	char time[TIME_TEXT_SIZE];
};

static int by_id(const void *a, const void *b)
{
	const struct counted *left = a, *right = b;

	return left->id < right->id ? -1 : left->id > right->id;
}

/* Returns the hits at the last reading. Rules come in nearly the same order each time. */
static uint64_t hits_before(struct following *f, uint32_t id)
{
	const struct counted wanted = {.id = id}, *found;

	if (f->next < f->before.n && f->before.at[f->next].id == id)
		return f->before.at[f->next++].hits;
	found = f->before.n ? bsearch(&wanted, f->before.at, f->before.n, sizeof(wanted), by_id) : NULL;
	if (!found)
		return 0;
	f->next = (size_t)(found - f->before.at) + 1;
	return found->hits;
}

static int count(const struct rule_info *rule, void *arg)
{
	struct following *f = arg;
	struct reading *now = &f->now;
	uint64_t before = f->before.time ? hits_before(f, rule->id) : rule->hits;

	if (now->n == now->room) {
		size_t room = now->room ? now->room * 2 : 64;
		struct counted *at = reallocarray(now->at, room, sizeof(*at));

		if (!at)
			return -1;
		now->at = at;
		now->room = room;
	}
	now->sorted &= !now->n || now->at[now->n - 1].id < rule->id;
	now->at[now->n++] = (struct counted){.id = rule->id, .hits = rule->hits};
	return top_add(&f->top, rule, rule->hits > before ? rule->hits - before : 0);
}

/* Makes the current reading the last one, then reads again. */
static int read_all(struct following *f, struct error *err)
{
	struct reading used = f->before;
	struct session session;
	int ret;

	f->before = f->now;
	f->now = (struct reading){.at = used.at, .room = used.room, .sorted = true};
	f->next = 0;
	top_free(&f->top);
	if (session_open(&session, f->inv, RULESET_READ, err))
		return -1;
	ret = stats_same(session.rules, &f->loaded_at, err);
	if (!ret)
		ret = ruleset_totals(session.rules, &f->now.totals, err);
	f->now.time = clock_ns(CLOCK_MONOTONIC);
	if (!ret && ruleset_each_hit(session.rules, count, f))
		ret = error_errno(err, ENOMEM, "cannot count the rules");
	session_close(&session);
	if (!f->now.sorted)
		qsort(f->now.at, f->now.n, sizeof(*f->now.at), by_id);
	top_sort(&f->top);
	time_format(clock_ns(CLOCK_REALTIME), f->time);
	return ret;
}

static void rate_cell(const struct following *f, struct table *table, uint64_t n)
{
	if (f->before.time)
		table_cell(table, "%.1f", (double)n * 1e9 / (double)(f->now.time - f->before.time));
	else
		table_cell(table, "-");
}

static void total_row(const struct following *f, struct table *table, const char *name, enum verdict verdict)
{
	uint64_t now = f->now.totals.by_verdict[verdict], before = f->before.totals.by_verdict[verdict];

	table_cell(table, "%s", name);
	table_cell(table, "%llu", (unsigned long long)now);
	rate_cell(f, table, now - before);
}

static void write_text(const struct following *f, FILE *to)
{
	static const char *const totals[] = {"DECISIONS", "TOTAL", "PER SECOND"};
	static const char *const rules[] = {"PER SECOND", "HITS", "LAST HIT", "RULE"};
	const struct output *out = &f->inv->out;
	char last_hit[TIME_TEXT_SIZE];
	struct table table;

	if (!out->terse)
		fprintf(to, "%s  every %llu s%s\n\n", f->time, (unsigned long long)f->interval,
			f->screen.keys ? "  (q ends)" : "");
	table = table_open(out, 3, totals);
	table.to = to;
	total_row(f, &table, "allowed", VERDICT_ALLOW);
	total_row(f, &table, "blocked", VERDICT_BLOCK);
	total_row(f, &table, "audited", VERDICT_AUDIT);
	table_close(&table);
	if (!f->top.n)
		return;
	if (!out->terse)
		putc('\n', to);
	table = table_open(out, 4, rules);
	table.to = to;
	for (size_t i = 0; i < f->top.n; i++) {
		const struct ranked *ranked = f->top.at[i];
		char *text = rule_format(&ranked->rule.spec);

		rate_cell(f, &table, ranked->recent);
		time_format_boot(ranked->rule.last_hit, last_hit);
		table_cell(&table, "%llu", (unsigned long long)ranked->rule.hits);
		table_cell(&table, "%s", last_hit);
		table_cell(&table, "%s", text ? text : "");
		free(text);
	}
	table_close(&table);
}

static int show(const struct following *f, struct error *err)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (memory)
		write_text(f, memory);
	if (!memory || fclose(memory)) {
		free(text);
		return error_errno(err, ENOMEM, "cannot print the rules");
	}
	if (f->screen.on)
		screen_show(text);
	else
		fwrite(text, 1, size, stdout);
	free(text);
	return 0;
}

static int read_and_show(struct following *f, struct error *err)
{
	bool first = !f->loaded_at;

	if (f->inv->out.json)
		return stats_print_json(f->inv, f->top.most, &f->loaded_at, err);
	if (read_all(f, err))
		return -1;
	if (!first && !f->screen.on)
		putchar('\n');
	return show(f, err);
}

static int follow(struct following *f, struct error *err)
{
	uint64_t next = clock_ns(CLOCK_MONOTONIC);
	enum screen_event event;

	do {
		if (read_and_show(f, err))
			return -1;
		if (fflush(stdout))
			return 0; /* main() reports it */
		for (uint64_t now = clock_ns(CLOCK_MONOTONIC); next <= now;)
			next += f->interval * 1000000000;
		while ((event = screen_wait(&f->screen, next)) == SCREEN_REDRAW) {
			if (show(f, err))
				return -1;
		}
	} while (event == SCREEN_TIME);
	return 0;
}

int stats_follow(const struct invocation *inv, uint64_t interval, uint64_t most, struct error *err)
{
	struct following f = {.inv = inv, .interval = interval, .top = {.most = most || inv->out.json ? most : MOST}};
	int ret;

	stream_begin();
	screen_open(&f.screen, &inv->out);
	ret = follow(&f, err);
	screen_close(&f.screen);
	stream_finish();
	if (ret && f.loaded_at && err->code == ERR_NOT_LOADED) {
		*err = (struct error){};
		error_set(err, ERR_NOT_LOADED, "the policy was unloaded");
	}
	free(f.before.at);
	free(f.now.at);
	top_free(&f.top);
	return ret;
}
