// SPDX-License-Identifier: GPL-2.0-only
/* What programs reach, as a ruleset that allows just that. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "stream.h"
#include "../bpf/ip.h"
#include "../common/cgroup.h"
#include "../common/clock.h"
#include "../common/num.h"
#include "../common/rule_json.h"
#include "../common/subject.h"

#define KEY_MERGE 0x200
#define KEY_BY	  0x201
#define ROOM	  65536u /* different calls */

static struct {
	uint64_t merge[2]; /* IPv4, IPv6: prefix lengths of the family; 0: not at all */
	enum subject_kind by;
} options;

static const struct argp_option option_table[] = {
	{"merge", KEY_MERGE, "LEN4[,LEN6]", 0,
	 "several addresses of one network of this length become that network: 24 or 24,64", 0},
	{"by", KEY_BY, "uid|cgroup|everyone", 0, "whom the rules are for (uid)", 0},
	{0},
};

static int parse_merge(const char *arg, struct error *err)
{
	const char *comma = strchr(arg, ',');
	char first[8];

	snprintf(first, sizeof(first), "%.*s", comma ? (int)(comma - arg) : 7, arg);
	options.merge[1] = 64;
	if ((comma && comma - arg > 7) || num_parse(first, 32, &options.merge[0]) || !options.merge[0] ||
	    (comma && (num_parse(comma + 1, 128, &options.merge[1]) || !options.merge[1])))
		return error_set(
			err, ERR_USAGE,
			"bad --merge, near '%.64s': prefix lengths from 1 to 32 for IPv4 and, behind a comma, to "
			"128 for IPv6",
			arg);
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct error *err = state->input;

	switch (key) {
	case ARGP_KEY_INIT: /* a batch may have more than one */
		memset(&options, 0, sizeof(options));
		options.by = SUBJECT_UID;
		return 0;
	case KEY_MERGE:
		return parse_merge(arg, err) ? EINVAL : 0;
	case KEY_BY:
		options.by = !strcmp(arg, "cgroup") ? SUBJECT_CGROUP
			     : !strcmp(arg, "uid")  ? SUBJECT_UID
						    : SUBJECT_EVERYONE;
		if (options.by != SUBJECT_EVERYONE || !strcmp(arg, "everyone"))
			return 0;
		error_set(err, ERR_USAGE, "bad --by, near '%.64s': uid, cgroup or everyone", arg);
		return EINVAL;
	}
	return ARGP_ERR_UNKNOWN;
}

/* A rule to be, and how many calls it stands for. */
struct lesson {
	struct rule_spec spec;
	uint64_t calls;
};

struct lessons {
	struct lesson *at;
	size_t n;
	uint64_t lost;	  /* calls */
	uint64_t unnamed; /* calls from cgroups that no rule can name */
	uint64_t elapsed; /* ns */
};

/* Subject, then destination and ports: what becomes one rule stands together. */
static int compare(const void *one, const void *other)
{
	const struct rule_spec *a = &((const struct lesson *)one)->spec, *b = &((const struct lesson *)other)->spec;
	int ret = strcmp(a->cgroup, b->cgroup);

	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	if (ret)
		return ret;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port_lo != b->port_lo || a->port_hi != b->port_hi)
		return a->port_lo < b->port_lo || (a->port_lo == b->port_lo && a->port_hi < b->port_hi) ? -1 : 1;
	return prefix_compare(&a->prefix, &b->prefix);
}

/* Several with one identity become one. */
static void unite(struct lessons *lessons)
{
	size_t n = 0;

	if (lessons->n)
		qsort(lessons->at, lessons->n, sizeof(*lessons->at), compare);
	for (size_t i = 0; i < lessons->n; i++) {
		if (n && !compare(&lessons->at[n - 1], &lessons->at[i]))
			lessons->at[n - 1].calls += lessons->at[i].calls;
		else
			lessons->at[n++] = lessons->at[i];
	}
	lessons->n = n;
}

static struct prefix network_of(const struct prefix *host)
{
	bool v4 = prefix_family_v4(host);
	struct prefix network = {.ip = host->ip, .len = (__u8)(options.merge[!v4] + (v4 ? 96 : 0))};

	for (unsigned int bit = network.len; bit < 128; bit++)
		network.ip.b[bit / 8] &= (__u8) ~(0x80 >> bit % 8);
	return network;
}

/* What has another address of its network beside it becomes the network. They stand together. */
static void merge(struct lessons *lessons)
{
	for (size_t i = 0, end; i < lessons->n; i = end) {
		struct lesson network = lessons->at[i];

		network.spec.prefix = network_of(&network.spec.prefix);
		for (end = i + 1; end < lessons->n; end++) {
			struct lesson other = lessons->at[end];

			other.spec.prefix = network_of(&other.spec.prefix);
			if (compare(&network, &other))
				break;
		}
		for (size_t k = i; end - i > 1 && k < end; k++)
			lessons->at[k].spec.prefix = network.spec.prefix;
	}
	unite(lessons);
}

/*
 * The path of a cgroup as a rule names it. Whoever made the cgroup chose its name, which may have bytes in it that no
 * rule takes: then unnamed is set. False also for a cgroup that is gone.
 */
static bool find_cgroup(uint64_t id, char cgroup[CGROUP_SIZE], bool *unnamed)
{
	struct error ignored = {};
	char path[CGROUP_SIZE];

	if (!cgroup_path(id, path, sizeof(path)))
		return false;
	*unnamed = cgroup_parse(path, cgroup, &ignored) || strcmp(path, cgroup) != 0;
	return !*unnamed;
}

static void take(const struct learned *key, uint64_t calls, struct lesson *lesson, struct lessons *lessons)
{
	struct rule_spec *spec = &lesson->spec;
	bool unnamed = false;

	rule_init(spec, VERDICT_ALLOW);
	spec->prefix = (struct prefix){.ip = key->ip, .len = 128};
	spec->proto = (uint16_t)key->proto;
	if (key->port < NO_PORT)
		spec->port_lo = spec->port_hi = (uint16_t)key->port;
	/* One whose cgroup is gone already, or has a name that no rule takes, is for its user. */
	spec->subject = options.by;
	if (options.by == SUBJECT_CGROUP && !find_cgroup(key->cgroup, spec->cgroup, &unnamed))
		spec->subject = SUBJECT_UID;
	lessons->unnamed += unnamed ? calls : 0;
	if (spec->subject != SUBJECT_CGROUP)
		spec->cgroup[0] = '\0';
	if (spec->subject == SUBJECT_UID)
		spec->uid = key->uid;
	lesson->calls = calls;
}

/* All that is in the map. Nobody adds to it any more. */
static int collect(int map_fd, struct lessons *lessons, struct error *err)
{
	struct learned key, next;
	size_t room = 0;
	uint64_t calls;

	for (void *from = NULL; !bpf_map_get_next_key(map_fd, from, &next); from = &key) {
		key = next;
		if (bpf_map_lookup_elem(map_fd, &key, &calls))
			continue;
		if (lessons->n == room) {
			struct lesson *grown = reallocarray(lessons->at, room = room ? room * 2 : 256, sizeof(*grown));

			if (!grown)
				return error_errno(err, ENOMEM, "cannot collect what was learned");
			lessons->at = grown;
		}
		take(&key, calls, &lessons->at[lessons->n++], lessons);
	}
	unite(lessons);
	if (options.merge[0])
		merge(lessons);
	for (size_t i = 0; i < lessons->n; i++)
		snprintf(lessons->at[i].spec.comment, COMMENT_SIZE, "%llu call%s",
			 (unsigned long long)lessons->at[i].calls, lessons->at[i].calls == 1 ? "" : "s");
	return 0;
}

/* Until the time is up, or somebody has had enough. */
static int wait_for(struct seat *seat, uint64_t duration, struct lessons *lessons, struct error *err)
{
	uint64_t begin = clock_boot(), end = begin + duration, now = begin;

	for (; now < end && !stream_ended() && !seat_is_over(seat); now = clock_boot()) {
		uint64_t left = end - now < 500000000 ? end - now : 500000000;
		const struct timespec pause = {.tv_nsec = (long)left};

		nanosleep(&pause, NULL);
	}
	lessons->elapsed = now - begin;
	return seat_is_over(seat) ? error_set(err, ERR_NOT_LOADED, "the policy was unloaded") : 0;
}

static int learn(const struct invocation *inv, uint64_t duration, struct lessons *lessons, struct error *err)
{
	int map_fd = bpf_map_create(BPF_MAP_TYPE_HASH, "learned", sizeof(struct learned), sizeof(uint64_t), ROOM, NULL);
	struct seat seat = SEAT_NONE;
	int ret, fd;

	if (map_fd < 0)
		return error_errno(err, errno, "cannot make a map to learn with");
	if (stream_seat(inv, &seat, SEAT_LEARNER, 0, map_fd, err))
		return -1;
	fd = fcntl(map_fd, F_DUPFD_CLOEXEC, 0);
	ret = fd < 0 ? error_errno(err, errno, "cannot learn") : wait_for(&seat, duration, lessons, err);
	lessons->lost = seat_lost(&seat);
	seat_leave(&seat, inv->pin_dir);
	if (!ret)
		ret = collect(fd, lessons, err);
	if (fd >= 0)
		close(fd);
	return ret;
}

static void print_text(const struct lessons *lessons)
{
	char now[TIME_TEXT_SIZE], took[32], *text;
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time_format((uint64_t)time.tv_sec * 1000000000u, now);
	duration_format(lessons->elapsed, took);
	printf("# What was reached in the %s until %s: check it, then 'lsmctl restore' it.\n", took, now);
	if (lessons->lost)
		printf("# There was no room for %llu calls: this is not all.\n", (unsigned long long)lessons->lost);
	if (lessons->unnamed)
		printf("# %llu calls came from cgroups with names that no rule takes: their rules are for the users.\n",
		       (unsigned long long)lessons->unnamed);
	puts("set default block");
	for (size_t i = 0; i < lessons->n; i++) {
		text = rule_format(&lessons->at[i].spec);
		puts(text ? text : "");
		free(text);
	}
}

static void print_json(const struct invocation *inv, const struct lessons *lessons)
{
	json_t *root = output_root(), *rules = json_array();

	for (size_t i = 0; i < lessons->n; i++) {
		const struct rule_info info = {.spec = lessons->at[i].spec, .hits = lessons->at[i].calls};
		json_t *rule = output_rule(&info);

		json_object_set_new(rule, "id", json_null());
		json_array_append_new(rules, rule);
	}
	json_object_set_new(root, "seconds", json_integer((json_int_t)((lessons->elapsed + 500000000) / 1000000000)));
	json_object_set_new(root, "default", json_string("block"));
	json_object_set_new(root, "rules", rules);
	json_object_set_new(root, "lost", json_integer((json_int_t)lessons->lost));
	output_json(&inv->out, root);
}

static int run(struct invocation *inv, struct error *err)
{
	struct lessons lessons = {};
	uint64_t duration;
	int ret;

	if (!inv->n)
		return error_set(err, ERR_USAGE, "say for how long: 'lsmctl learn 10m'");
	if (duration_parse(inv->words[0], &duration) || !duration)
		return error_set(err, ERR_USAGE, "bad duration, near '%.64s': a time, such as 60s or 5m",
				 inv->words[0]);
	if (output_check(&inv->out, err))
		return -1;
	stream_begin();
	ret = learn(inv, duration, &lessons, err);
	if (!ret && inv->out.json)
		print_json(inv, &lessons);
	else if (!ret)
		print_text(&lessons);
	free(lessons.at);
	return ret;
}

const struct command command_learn = {
	.name = "learn",
	.args = "DURATION",
	.summary = "watch what programs reach, and print a ruleset that allows just that",
	.doc = "Nothing that is allowed changes. Interrupted, it prints what it has learned so far. What is blocked is "
	       "not "
	       "learned: 'lsmctl set mode audit' lets everything through meanwhile.",
	.options = option_table,
	.parse = parse,
	.max_words = 1,
	.run = run,
};
