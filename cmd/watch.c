// SPDX-License-Identifier: GPL-2.0-only
/* Prints decisions as they happen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include "host/hooks.h"
#include "rule/prefix.h"
#include "rule/verdict.h"
#include "shared/complete.h"
#include "shared/json_line.h"
#include "shared/known_names.h"
#include "shared/notes.h"
#include "shared/program.h"
#include "shared/screen.h"
#include "shared/stream.h"
#include "watch_event.h"
#include "watch_filter.h"
#include "watch_rules.h"
#include "watch_summary.h"

#define RING_SIZE   (1u << 21) /* bytes: about 8,700 calls */
#define READ_PAUSE  (2L * WATCH_PAUSE)
#define SECOND	    1000000000u
#define SUM_PAUSE   (SECOND / 10)
#define SCREEN_ROWS 256 /* more than any window has */

#define KEY_SUMMARY 0x200

static struct {
	uint64_t count; /* events to print before the end; 0: no end */
	bool summary;
} options;

static const struct argp_option option_table[] = {
	{"count", 'c', "N", 0, "end after N decisions", 0},
	{"summary", KEY_SUMMARY, NULL, 0,
	 "count equal decisions, and print them when it ends; on a terminal, each second", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'c':
		if (!num_parse(arg, UINT32_MAX, &options.count) && options.count)
			return 0;
		error_set(state->input, ERR_USAGE, "bad --count, near '%.64s': a number of decisions, from 1", arg);
		return EINVAL;
	case KEY_SUMMARY:
		options.summary = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

struct watch {
	const struct invocation *inv;
	struct watch_filter filter;
	struct watcher_handle handle;
	int64_t boot_offset;
	uint64_t shown, lost, told; /* lost: so many are known; told: so many have been told of */
	struct watch_rules rules;
	struct known_names names;
	struct summary summary;
	struct screen screen;
	struct json_line line;
	uint64_t second; /* since 1970; its text is in "whole" */
	char whole[TIME_TEXT_SIZE];
};

/* Formats ISO 8601 with milliseconds. */
static void time_of(struct watch *w, const struct event *event, char text[TIME_TEXT_SIZE + 8])
{
	uint64_t time = (uint64_t)((int64_t)event->time + w->boot_offset);
	unsigned int thousandths = (unsigned int)(time / 1000000 % 1000);
	size_t seconds = strlen("2026-01-01T00:00:00");

	if (time / SECOND != w->second) {
		time_format(time, w->whole);
		w->second = time / SECOND;
	}
	memcpy(text, w->whole, seconds);
	text[seconds] = '.';
	for (size_t i = 3; i; i--, thousandths /= 10)
		text[seconds + i] = (char)('0' + thousandths % 10);
	strcpy(text + seconds + 4, w->whole + seconds);
}

static const char *rule_text(struct watch *w, const struct event *event)
{
	return event->rule_id ? watch_rules_text(&w->rules, event->rule_id) : NULL;
}

static void print_json(struct watch *w, const struct event *event, const char *program)
{
	char time[TIME_TEXT_SIZE + 8], destination[PREFIX_TEXT_SIZE], proto[16], comm[sizeof(event->comm) + 1];
	struct json_line *line = &w->line;

	time_of(w, event, time);
	event_destination(event, destination);
	event_proto(event, proto);
	event_comm(event, comm);
	json_line_begin(line);
	json_line_text(line, "time", time);
	json_line_text(line, "verdict", event_verdict(event));
	json_line_number(line, "rule_id", event->rule_id, event->rule_id);
	json_line_text(line, "rule_text", rule_text(w, event));
	json_line_number(line, "pid", event->pid, event->pid);
	json_line_number(line, "tgid", event->tgid, event->tgid);
	json_line_number(line, "uid", true, event->uid);
	json_line_number(line, "gid", event->gid != NO_GID, event->gid);
	json_line_text(line, "comm", event->tgid ? comm : NULL);
	json_line_text(line, "exe", *program ? program : NULL);
	json_line_truth(line, "exe_fits", *program, event->fits);
	json_line_text(line, "cgroup", watch_filter_path(&w->filter, event->cgroup));
	json_line_text(line, "hook", event->cut ? NULL : hook_name(event->hook));
	json_line_text(line, "proto", event->no_ip ? NULL : proto);
	json_line_text(line, "destination", event->no_ip ? NULL : destination);
	json_line_number(line, "port", !event->no_ip && event->port < NO_PORT, event->port);
	json_line_text(line, "name", known_names_text(&w->names, event->name));
	json_line_truth(line, "truncated", true, event->truncated);
	json_line_text(line, "errno", event->error ? rule_errno_name(event->error) : NULL);
	json_line_truth(line, "by_run", true, event->by_run);
	json_line_number(line, "lost", true, w->lost - w->told);
	w->told = w->lost;
	json_line_end(line);
	json_line_print(line, &w->inv->out);
}

static void print_text(struct watch *w, const struct event *event, const char *program)
{
	static const char *const colors[] = {
		[VERDICT_ALLOW] = "\033[32m", [VERDICT_BLOCK] = "\033[31m", [VERDICT_AUDIT] = "\033[33m"};
	char time[TIME_TEXT_SIZE + 8], target[EVENT_TARGET_SIZE + DNS_NAME_TEXT_SIZE], proto[16], by[80] = "default";
	char comm[sizeof(event->comm) + 1], process[64], *plain, *user = event_user(event->uid);
	const char *rule = rule_text(w, event), *name = known_names_text(&w->names, event->name);
	const struct output *out = &w->inv->out;
	const char *gap = out->terse ? "\t" : "  ";

	time_of(w, event, time);
	event_target(event, target);
	if (name)
		strcat(strcat(target, " "), name);
	event_proto(event, proto);
	if (event->truncated)
		strcpy(by, "an answer cut short: its addresses come by TCP, and are not learned");
	else if (event->rule_id)
		snprintf(by, sizeof(by), "rule %u%s", event->rule_id, rule ? ": " : "");
	else if (event->by_run)
		strcpy(by, "run"); /* what `lsmctl run` was told */
	else if (event->no_ip)
		strcpy(by, "kind");
	event_comm(event, comm);
	snprintf(process, sizeof(process), event->tgid ? "%s[%u]" : "-", comm, event->tgid);
	plain = text_escape(process);
	/* Fixed widths that fit most events: later ones are unknown. */
	printf("%.12s%s%s%-*s%s%s%-*s%s%-*s%s%-*s%s%-*s%s%s%s", out->terse ? time : time + strlen("2026-01-01T"), gap,
	       out->color ? colors[event->verdict] : "", out->terse ? 0 : 5, event_verdict(event),
	       out->color ? "\033[0m" : "", gap, out->terse ? 0 : 20, plain ? plain : "", gap, out->terse ? 0 : 8,
	       user ? user : "", gap, out->terse ? 0 : 4, proto, gap, out->terse ? 0 : 21, target, gap, by,
	       rule ? rule : "");
	if (event->error && event->error != EPERM && rule_errno_name(event->error))
		printf("%s%s", gap, rule_errno_name(event->error));
	if (note_of_event(event) && !out->terse)
		printf("%s(%s)", gap, note_of_event(event));
	if (*program)
		event_print_program(event, program, gap);
	putchar('\n');
	free(plain);
	free(user);
}

static void tell_lost(struct watch *w)
{
	unsigned long long n = w->lost - w->told;

	if (n)
		printf("(%llu decision%s could not be recorded)\n", n, n == 1 ? "" : "s");
	w->told = w->lost;
}

static int each(void *arg, void *data, size_t size)
{
	const struct call_event *call = data;
	const char *program = size >= sizeof(*call) ? call->program : NULL;
	const struct event *event = data;
	char path[PROGRAM_TEXT_SIZE] = "";
	struct watch *w = arg;

	if (size < sizeof(*event) || event->verdict >= VERDICTS ||
	    (event->hook > HOOK_EGRESS && !event->truncated && !event->by_run) || event->hook >= HOOK_NAMES ||
	    (options.count && w->shown == options.count) || !watch_filter_passes(&w->filter, event, program))
		return 0;
	if (options.summary && event->truncated)
		return 0; /* no decision */
	if (options.summary) {
		summary_add(&w->summary, event);
		w->shown++;
		return 0;
	}
	if (program)
		program_text(program, path);
	if (w->inv->out.json) {
		print_json(w, event, path);
	} else {
		tell_lost(w);
		print_text(w, event, path);
	}
	w->shown++;
	return 0;
}

static bool is_done(const struct watch *w)
{
	return stream_ended() || stream_is_closed() || ferror(stdout) || (options.count && w->shown == options.count);
}

/*
 * After a wake-up the programs send none for WATCH_PAUSE: look again after it until the ring is empty. Flush the output
 * each time. What was lost is asked for each look, not for each decision, which takes less time than the question.
 */
static int follow(struct watch *w, struct ring_buffer *ring, struct error *err)
{
	const struct timespec pause = {.tv_nsec = READ_PAUSE};

	while (!is_done(w)) {
		int n = ring_buffer__poll(ring, WATCHER_PATIENCE);

		while (n > 0 && !is_done(w)) {
			fflush(stdout);
			nanosleep(&pause, NULL);
			w->lost = watcher_lost(&w->handle);
			n = ring_buffer__consume(ring);
		}
		if (n < 0 && n != -EINTR)
			return error_errno(err, -n, "cannot read decisions");
		if (watcher_is_over(&w->handle))
			return error_set(err, ERR_NOT_LOADED, "the policy was unloaded");
		w->lost = watcher_lost(&w->handle);
		if (!w->inv->out.json)
			tell_lost(w);
		fflush(stdout);
	}
	return 0;
}

/* Writes the summary, and on a terminal only what may fit. */
static void write_summary(struct watch *w, FILE *to, size_t most)
{
	char lost[64] = "";

	w->lost = watcher_lost(&w->handle);
	if (w->lost)
		snprintf(lost, sizeof(lost), ", and %llu could not be recorded", (unsigned long long)w->lost);
	if (!w->inv->out.terse)
		fprintf(to, "%llu decision%s%s%s\n\n", (unsigned long long)w->shown, w->shown == 1 ? "" : "s", lost,
			w->screen.keys ? "  (q ends)" : "");
	summary_write(&w->summary, &w->inv->out, &w->rules, most, to);
}

static void draw(struct watch *w)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (memory)
		write_summary(w, memory, SCREEN_ROWS);
	if (memory && !fclose(memory))
		screen_show(text);
	free(text);
}

static void print_summary(struct watch *w)
{
	json_t *root;

	if (!w->inv->out.json) {
		write_summary(w, stdout, 0);
		return;
	}
	root = output_root();
	json_object_set_new(root, "decisions", json_integer((json_int_t)w->shown));
	json_object_set_new(root, "lost", json_integer((json_int_t)watcher_lost(&w->handle)));
	json_object_set_new(root, "others", json_integer((json_int_t)w->summary.others));
	json_object_set_new(root, "calls", summary_value(&w->summary, &w->rules, w->boot_offset));
	output_json(&w->inv->out, root);
}

/* Counts until the end. Nobody waits for a line here, so it looks at intervals. */
static int sum_up(struct watch *w, struct ring_buffer *ring, struct error *err)
{
	uint64_t drawn = 0, now;
	int ret = 0;

	screen_open(&w->screen, &w->inv->out);
	for (enum screen_event event = SCREEN_REDRAW; event != SCREEN_END && !is_done(w) && !ret;) {
		int n = ring_buffer__consume(ring);

		if (n < 0 && n != -EINTR)
			ret = error_errno(err, -n, "cannot read decisions");
		else if (watcher_is_over(&w->handle))
			ret = error_set(err, ERR_NOT_LOADED, "the policy was unloaded");
		now = clock_ns(CLOCK_MONOTONIC);
		if (w->screen.on && (event == SCREEN_REDRAW || now - drawn >= SECOND)) {
			draw(w);
			drawn = now;
		}
		event = ret ? event : screen_wait(&w->screen, now + SUM_PAUSE);
	}
	screen_close(&w->screen);
	ring_buffer__consume(ring);
	w->rules.patient = w->names.patient = true;
	w->names.tried = 0;
	print_summary(w);
	return ret;
}

static int watch(struct watch *w, struct error *err)
{
	int map_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, RING_SIZE, NULL), ret;
	struct ring_buffer *ring;

	if (map_fd < 0)
		return error_errno(err, errno, "cannot create a ring buffer");
	ret = stream_attach(w->inv, &w->handle, WATCHER_EVENTS, w->filter.verdicts, map_fd, err);
	if (ret)
		return ret;
	ring = ring_buffer__new(w->handle.map_fd, each, w, NULL);
	ret = ring ? (options.summary ? sum_up : follow)(w, ring, err)
		   : error_errno(err, errno, "cannot read the ring buffer");
	ring_buffer__free(ring);
	watcher_detach(&w->handle, w->inv->pin_dir);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct watch w = {
		.inv = inv, .handle = WATCHER_NONE, .boot_offset = clock_offset(), .rules = {.pin_dir = inv->pin_dir}};
	int ret = watch_filter_parse(&w.filter, inv->n, inv->words, err);

	w.names.pin_dir = inv->pin_dir;
	w.summary.names = &w.names;
	if (!ret)
		ret = output_check(&inv->out, err);
	if (!ret) {
		stream_begin();
		ret = watch(&w, err);
		stream_finish();
	}
	watch_filter_free(&w.filter);
	watch_rules_free(&w.rules);
	known_names_close(&w.names);
	summary_free(&w.summary);
	json_line_free(&w.line);
	return ret;
}

static void complete(struct invocation *inv)
{
	struct invocation rest = *inv;

	if (!inv->n)
		complete_verdicts();
	if (inv->n && verdict_parse(inv->words[0]) >= 0) {
		rest.words++;
		rest.n--;
	}
	complete_filter(&rest);
}

const struct command command_watch = {
	.name = "watch",
	.args = "[allow|block|audit] [RULE]",
	.summary = "show decisions as they happen, until interrupted",
	.doc = "With a verdict, show only decisions with this verdict. "
	       "With parts of a RULE, show only calls that the rule would match. The parts are a destination, ports, "
	       "protocol, user, group, program or cgroup; the destination may be left out.\n\n"
	       "A decision never waits for a watcher. Decisions that were not recorded are counted and shown.\n\n"
	       "With --summary, equal decisions are counted, by verdict, program, user, destination and rule. The counts "
	       "are printed at the end, by an interrupt or --count, and on a terminal shown each second.",
	.options = option_table,
	.parse = parse,
	.values = &options,
	.values_size = sizeof(options),
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};
