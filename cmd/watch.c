// SPDX-License-Identifier: GPL-2.0-only
/* Decisions as they happen. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "stream.h"
#include "../bpf/ip.h"
#include "../common/cgroup.h"
#include "../common/hooks.h"
#include "../common/num.h"
#include "../common/rule_json.h"
#include "../common/text.h"

#define RING_SIZE  (1u << 20) /* bytes: some 11,000 events */
#define ALL	   (1u << VERDICT_ALLOW | 1u << VERDICT_BLOCK | 1u << VERDICT_AUDIT)
#define PATIENCE   500 /* ms, in which an unload and what was lost are noticed */
#define READ_PAUSE (2L * WATCH_PAUSE)

static uint64_t count; /* of events, then it ends; 0: for ever */

static const struct argp_option option_table[] = {
	{"count", 'c', "N", 0, "end after N decisions", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		count = 0;
		return 0;
	case 'c':
		if (!num_parse(arg, UINT32_MAX, &count) && count)
			return 0;
		error_set(state->input, ERR_USAGE, "bad --count, near '%.64s': a number of decisions, from 1", arg);
		return EINVAL;
	}
	return ARGP_ERR_UNKNOWN;
}

struct watch {
	const struct invocation *inv;
	uint32_t verdicts;
	struct rules filter; /* what rules would match is shown; none: everything */
	bool any;	     /* the filter says nothing of the destination */
	struct seat seat;
	int64_t boot_offset;
	uint64_t shown, lost; /* lost: told of so far */
	uint64_t cgroup;      /* the last one, and its path */
	char path[CGROUP_SIZE];
};

/* FILTER: a verdict, then what stands in a rule, whose destination may be left out. */
static int parse_filter(struct watch *w, struct error *err)
{
	const struct invocation *inv = w->inv;
	int verdict = inv->n ? verdict_parse(inv->words[0]) : -1;
	size_t used = verdict >= 0, n = inv->n - used;
	char any[] = "any", **words;
	int ret;

	w->verdicts = verdict < 0 ? ALL : 1u << verdict;
	if (!n)
		return 0;
	for (size_t i = 0; rule_word(i, true) && !w->any; i++)
		w->any = !strcmp(inv->words[used], rule_word(i, true));
	words = calloc(n + 1, sizeof(*words));
	if (!words)
		return error_errno(err, ENOMEM, "cannot read the filter");
	words[0] = any;
	memcpy(words + 1, inv->words + used, n * sizeof(*words));
	ret = w->any ? rules_parse_identity(&w->filter, n + 1, words, err)
		     : rules_parse_identity(&w->filter, n, words + 1, err);
	free(words);
	return ret;
}

/* The path of a cgroup, or NULL. */
static const char *path_of(struct watch *w, uint64_t cgroup)
{
	if (cgroup != w->cgroup && !cgroup_path(cgroup, w->path, sizeof(w->path)))
		w->path[0] = '\0';
	w->cgroup = cgroup;
	return w->path[0] ? w->path : NULL;
}

static bool is_within(const char *path, const char *cgroup)
{
	size_t len = strcmp(cgroup, "/") ? strlen(cgroup) : 0;

	return path && !strncmp(path, cgroup, len) && (path[len] == '/' || !path[len]);
}

static bool matches(struct watch *w, const struct rule_spec *spec, const struct event *event)
{
	const struct prefix destination = {.ip = event->ip, .len = 128};

	if (spec->subject == SUBJECT_UID && spec->uid != event->uid)
		return false;
	if (spec->subject == SUBJECT_UIDS && (event->uid < spec->uid || event->uid > spec->uid_to))
		return false;
	if (spec->subject == SUBJECT_CGROUP && !is_within(path_of(w, event->cgroup), spec->cgroup))
		return false;
	if (event->no_ip)
		return w->any && rule_any_port(spec) && spec->proto == PROTO_ANY;
	return prefix_contains(&spec->prefix, &destination) &&
	       (spec->proto == PROTO_ANY || spec->proto == event->proto) &&
	       (rule_any_port(spec) || (event->port >= spec->port_lo && event->port <= spec->port_hi));
}

static bool passes(struct watch *w, const struct event *event)
{
	for (size_t i = 0; i < w->filter.n; i++) {
		if (matches(w, &w->filter.at[i], event))
			return true;
	}
	return !w->filter.n;
}

/* ISO 8601 with milliseconds. */
static void time_of(const struct watch *w, const struct event *event, char text[TIME_TEXT_SIZE + 8])
{
	uint64_t time = (uint64_t)((int64_t)event->time + w->boot_offset);
	char whole[TIME_TEXT_SIZE];
	size_t seconds = strlen("2026-01-01T00:00:00");

	time_format(time, whole);
	snprintf(text, TIME_TEXT_SIZE + 8, "%.*s.%03u%s", (int)seconds, whole, (unsigned int)(time / 1000000 % 1000),
		 whole + seconds);
}

static void destination_of(const struct event *event, char text[PREFIX_TEXT_SIZE])
{
	const struct prefix prefix = {.ip = event->ip, .len = 128};

	prefix_format(&prefix, true, text);
}

static json_t *text_or_null(const char *text)
{
	return text ? output_string(text) : json_null();
}

static json_t *number_or_null(bool there, uint64_t number)
{
	return there ? json_integer((json_int_t)number) : json_null();
}

static void print_json(struct watch *w, const struct event *event, uint64_t lost)
{
	char time[TIME_TEXT_SIZE + 8], destination[PREFIX_TEXT_SIZE], proto[16], comm[sizeof(event->comm) + 1];
	const char *error = event->error ? rule_errno_name(event->error) : NULL;
	json_t *root = json_object();

	time_of(w, event, time);
	destination_of(event, destination);
	proto_format(event->proto, proto);
	snprintf(comm, sizeof(comm), "%.*s", (int)sizeof(event->comm), event->comm);
	json_object_set_new(root, "time", json_string(time));
	json_object_set_new(root, "verdict", json_string(verdict_name(event->verdict)));
	json_object_set_new(root, "rule_id", number_or_null(event->rule_id, event->rule_id));
	json_object_set_new(root, "pid", number_or_null(event->pid, event->pid));
	json_object_set_new(root, "tgid", number_or_null(event->tgid, event->tgid));
	json_object_set_new(root, "uid", json_integer(event->uid));
	json_object_set_new(root, "comm", text_or_null(event->tgid ? comm : NULL));
	json_object_set_new(root, "cgroup", text_or_null(path_of(w, event->cgroup)));
	json_object_set_new(root, "hook", json_string(hook_name(event->hook)));
	json_object_set_new(root, "proto", text_or_null(event->no_ip ? NULL : proto));
	json_object_set_new(root, "destination", text_or_null(event->no_ip ? NULL : destination));
	json_object_set_new(root, "port", number_or_null(!event->no_ip && event->port < NO_PORT, event->port));
	json_object_set_new(root, "errno", text_or_null(error));
	json_object_set_new(root, "lost", json_integer((json_int_t)lost));
	output_json(&w->inv->out, root);
}

/* A directory service may give a user any name. Free it; NULL: no memory. */
static char *user_of(uint32_t uid)
{
	const struct passwd *user = getpwuid(uid);
	char number[16];

	snprintf(number, sizeof(number), "%u", uid);
	return text_escape(user ? user->pw_name : number);
}

/* What was asked for: an address with its port, or what kind of thing was refused. */
static void target_of(const struct event *event, char text[PREFIX_TEXT_SIZE + 32])
{
	char destination[PREFIX_TEXT_SIZE];

	destination_of(event, destination);
	if (event->no_ip)
		sprintf(text, "(%s)", hook_name(event->hook));
	else if (event->port >= NO_PORT)
		sprintf(text, "%s", destination);
	else
		sprintf(text, ip_is_v4(&event->ip) ? "%s:%u" : "[%s]:%u", destination, event->port);
}

static void print_text(struct watch *w, const struct event *event)
{
	static const char *const colors[] = {
		[VERDICT_ALLOW] = "\033[32m", [VERDICT_BLOCK] = "\033[31m", [VERDICT_AUDIT] = "\033[33m"};
	char time[TIME_TEXT_SIZE + 8], target[PREFIX_TEXT_SIZE + 32], proto[16] = "-", by[32] = "default";
	char comm[sizeof(event->comm) + 1], process[64], *plain, *user = user_of(event->uid);
	const struct output *out = &w->inv->out;
	const char *gap = out->terse ? "\t" : "  ";

	time_of(w, event, time);
	target_of(event, target);
	if (!event->no_ip)
		proto_format(event->proto, proto);
	if (event->rule_id)
		snprintf(by, sizeof(by), "rule %u", event->rule_id);
	else if (event->no_ip)
		strcpy(by, "kind");
	snprintf(comm, sizeof(comm), "%.*s", (int)sizeof(event->comm), event->comm);
	snprintf(process, sizeof(process), event->tgid ? "%s[%u]" : "-", comm, event->tgid);
	plain = text_escape(process);
	/* Wide enough for most, since nobody knows what comes next. */
	printf("%.12s%s%s%-*s%s%s%-*s%s%-*s%s%-*s%s%-*s%s%s", out->terse ? time : time + strlen("2026-01-01T"), gap,
	       out->color ? colors[event->verdict] : "", out->terse ? 0 : 5, verdict_name(event->verdict),
	       out->color ? "\033[0m" : "", gap, out->terse ? 0 : 20, plain ? plain : "", gap, out->terse ? 0 : 8,
	       user ? user : "", gap, out->terse ? 0 : 4, proto, gap, out->terse ? 0 : 21, target, gap, by);
	if (event->error && event->error != EPERM && rule_errno_name(event->error))
		printf("%s%s", gap, rule_errno_name(event->error));
	putchar('\n');
	free(plain);
	free(user);
}

static void tell_lost(struct watch *w, uint64_t lost)
{
	if (lost && !w->inv->out.json)
		printf("(%llu decision%s could not be recorded)\n", (unsigned long long)lost, lost == 1 ? "" : "s");
}

static int each(void *arg, void *data, size_t size)
{
	const struct event *event = data;
	struct watch *w = arg;
	uint64_t lost;

	if (size < sizeof(*event) || event->verdict >= VERDICTS || event->hook > HOOK_EGRESS ||
	    (count && w->shown == count) || !passes(w, event))
		return 0;
	lost = seat_lost(&w->seat) - w->lost;
	w->lost += lost;
	tell_lost(w, lost);
	if (w->inv->out.json)
		print_json(w, event, lost);
	else
		print_text(w, event);
	w->shown++;
	return 0;
}

static bool is_done(const struct watch *w)
{
	return stream_ended() || ferror(stdout) || (count && w->shown == count);
}

/*
 * After a wake-up the programs wake nobody for WATCH_PAUSE: so look again after it, until there is nothing. What is
 * written goes out each time.
 */
static int follow(struct watch *w, struct ring_buffer *ring, struct error *err)
{
	const struct timespec pause = {.tv_nsec = READ_PAUSE};
	uint64_t lost;

	while (!is_done(w)) {
		int n = ring_buffer__poll(ring, PATIENCE);

		while (n > 0 && !is_done(w)) {
			fflush(stdout);
			nanosleep(&pause, NULL);
			n = ring_buffer__consume(ring);
		}
		if (n < 0 && n != -EINTR)
			return error_errno(err, -n, "cannot read decisions");
		if (seat_is_over(&w->seat))
			return error_set(err, ERR_NOT_LOADED, "the policy was unloaded");
		if (!w->inv->out.json) {
			lost = seat_lost(&w->seat) - w->lost;
			w->lost += lost;
			tell_lost(w, lost);
		}
		fflush(stdout);
	}
	return 0;
}

static int watch(struct watch *w, struct error *err)
{
	int map_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, RING_SIZE, NULL), ret;
	struct ring_buffer *ring;

	if (map_fd < 0)
		return error_errno(err, errno, "cannot make a ring buffer");
	ret = stream_seat(w->inv, &w->seat, SEAT_WATCHER, w->verdicts, map_fd, err);
	if (ret)
		return ret;
	ring = ring_buffer__new(w->seat.map_fd, each, w, NULL);
	ret = ring ? follow(w, ring, err) : error_errno(err, errno, "cannot read the ring buffer");
	ring_buffer__free(ring);
	seat_leave(&w->seat, w->inv->pin_dir);
	return ret;
}

static int run(struct invocation *inv, struct error *err)
{
	struct watch w = {.inv = inv, .seat = SEAT_NONE, .boot_offset = clock_offset()};
	int ret = parse_filter(&w, err);

	if (!ret)
		ret = output_check(&inv->out, err);
	if (!ret) {
		stream_begin();
		ret = watch(&w, err);
	}
	rules_free(&w.filter);
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
	.doc = "With a verdict, only those; with what stands in a RULE (a destination, which may be left out, ports, "
	       "protocol, user or cgroup), only the calls that it would match. What could not be recorded is counted "
	       "and shown; a decision never waits for it.",
	.options = option_table,
	.parse = parse,
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};
