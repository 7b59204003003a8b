// SPDX-License-Identifier: GPL-2.0-only
/* Records what programs reach, and prints a ruleset that allows exactly that. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "base/new_file.h"
#include "base/num.h"
#include "base/time.h"
#include "rule/duration.h"
#include "rule/format.h"
#include "shared/by.h"
#include "shared/rules_json.h"
#include "shared/session.h"
#include "shared/stream.h"
#include "learn_lessons.h"

#define KEY_MERGE 0x200
#define KEY_BY	  0x201
#define KEY_INTO  0x202
#define ROOM	  65536u /* distinct calls */

static struct {
	struct lesson_options lessons;
	const char *into;
} options;

static const struct argp_option option_table[] = {
	{"merge", KEY_MERGE, "LEN4[,LEN6]", 0, "merge addresses of one network with this prefix length: 24 or 24,64",
	 0},
	{"by", KEY_BY, BY_WORDS "|name", 0,
	 "for whom rules are (uid); name: for names instead of addresses; or 'exe,name'", 0},
	{"into", KEY_INTO, "FILE", 0, "add the rules to this file instead of printing them", 0},
	{0},
};

static int parse_merge(const char *arg, struct error *err)
{
	uint64_t *merge = options.lessons.merge;
	const char *comma = strchr(arg, ',');
	char first[8];

	snprintf(first, sizeof(first), "%.*s", comma ? (int)(comma - arg) : 7, arg);
	merge[1] = 64;
	if ((comma && comma - arg > 7) || num_parse(first, 32, &merge[0]) || !merge[0] ||
	    (comma && (num_parse(comma + 1, 128, &merge[1]) || !merge[1])))
		return error_set(
			err, ERR_USAGE,
			"bad --merge, near '%.64s': a prefix length from 1 to 32 for IPv4, then perhaps a comma and one from 1 to 128 for IPv6",
			arg);
	return 0;
}

/* Subjects, "name", or both: "exe,name". */
static int parse_by(const char *arg, struct lesson_options *lessons, struct error *err)
{
	const char *comma = strchr(arg, ',');
	char subject[16];

	if (!strcmp(arg, "name")) {
		lessons->names = true;
		return 0;
	}
	if (!comma || strcmp(comma, ",name") != 0)
		return by_parse(arg, &lessons->by, err);
	lessons->names = true;
	snprintf(subject, sizeof(subject), "%.*s", (int)(comma - arg), arg);
	return by_parse(subject, &lessons->by, err);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct error *err = state->input;

	switch (key) {
	case ARGP_KEY_INIT: /* a batch may run learn twice */
		memset(&options, 0, sizeof(options));
		options.lessons.by = SUBJECT_UID;
		return 0;
	case KEY_MERGE:
		return parse_merge(arg, err) ? EINVAL : 0;
	case KEY_INTO:
		options.into = arg;
		return 0;
	case KEY_BY:
		return parse_by(arg, &options.lessons, err) ? EINVAL : 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* The result of a session. */
struct session_of {
	struct lessons lessons;
	uint64_t lost;	  /* calls not recorded */
	uint64_t elapsed; /* ns */
};

/* Waits until the time is up, or a signal ends it. */
static int wait_for(struct watcher_handle *handle, uint64_t duration, struct session_of *learning, struct error *err)
{
	uint64_t begin = clock_boot(), end = begin + duration, now = begin;

	for (; now < end && !stream_ended() && !watcher_is_over(handle); now = clock_boot()) {
		uint64_t most = WATCHER_PATIENCE * 1000000ull, left = end - now < most ? end - now : most;
		const struct timespec pause = {.tv_nsec = (long)left};

		nanosleep(&pause, NULL);
	}
	learning->elapsed = now < end ? now - begin : duration; /* a blink more is no second more */
	return watcher_is_over(handle) ? error_set(err, ERR_NOT_LOADED, "the policy was unloaded") : 0;
}

/* Finds out whether names are learned, and which name servers count. */
static int prepare_names(const struct invocation *inv, struct error *err)
{
	const struct config *config;
	struct session session;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	config = ruleset_config(session.rules);
	options.lessons.resolvers = *config_resolvers(config, ruleset_settings(session.rules));
	if (!config->names[MAP_NAMED])
		error_set(err, ERR_NOT_FOUND, "names are not learned (run 'lsmctl set names on' first)");
	session_close(&session);
	return err->code ? -1 : 0;
}

static int learn(const struct invocation *inv, uint64_t duration, struct session_of *learning, struct error *err)
{
	int map_fd = bpf_map_create(BPF_MAP_TYPE_HASH, "learned", sizeof(struct learned), sizeof(uint64_t), ROOM, NULL);
	struct watcher_handle handle = WATCHER_NONE;
	struct known_names names = {.pin_dir = inv->pin_dir, .patient = true};
	int ret, fd;

	if (map_fd < 0)
		return error_errno(err, errno, "cannot create a map for learning");
	if (stream_attach(inv, &handle, WATCHER_CALLS, 0, map_fd, err))
		return -1;
	fd = fcntl(map_fd, F_DUPFD_CLOEXEC, 0);
	ret = fd < 0 ? error_errno(err, errno, "cannot learn") : wait_for(&handle, duration, learning, err);
	learning->lost = watcher_lost(&handle);
	watcher_detach(&handle, inv->pin_dir);
	if (!ret)
		ret = lessons_collect(&learning->lessons, &options.lessons, fd, &names, err);
	known_names_close(&names);
	if (fd >= 0)
		close(fd);
	return ret;
}

static void write_rule(FILE *to, const struct rule_spec *spec)
{
	char *text = rule_format(spec);

	fprintf(to, "%s\n", text ? text : "");
	free(text);
}

static void write_text(FILE *to, const struct session_of *learning)
{
	const struct lessons *lessons = &learning->lessons;
	char now[TIME_TEXT_SIZE], took[32];
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time_format((uint64_t)time.tv_sec * 1000000000u, now);
	duration_format(learning->elapsed, took);
	fprintf(to, "# What was reached in the %s until %s%s: check it, then 'lsmctl restore' it.\n", took, now,
		options.into ? ", and before" : "");
	if (learning->lost)
		fprintf(to, "# There was no room for %llu calls: this is not all.\n",
			(unsigned long long)learning->lost);
	if (lessons->unnamed)
		fprintf(to, "# %llu calls came from %s: their rules are for users instead.\n",
			(unsigned long long)lessons->unnamed,
			options.lessons.by == SUBJECT_EXE
				? "programs that no rule can be for (in containers, deleted, from memory)"
				: "cgroups with names that no rule accepts");
	if (lessons->nameless)
		fprintf(to,
			"# %llu calls were to addresses whose names are not known: their rules are for addresses.\n",
			(unsigned long long)lessons->nameless);
	fprintf(to, "set default block\n%s", lessons->settings ? lessons->settings : "");
	for (size_t i = 0; i < lessons->others.n; i++)
		write_rule(to, &lessons->others.at[i]);
	for (size_t i = 0; i < lessons->n; i++)
		write_rule(to, &lessons->at[i].spec);
}

static void print_json(const struct invocation *inv, const struct session_of *learning)
{
	json_t *root = output_root(), *rules = json_array();
	const struct lessons *lessons = &learning->lessons;

	for (size_t i = 0; i < lessons->others.n + lessons->n; i++) {
		const struct lesson *lesson = i < lessons->others.n ? NULL : &lessons->at[i - lessons->others.n];
		const struct rule_info info = {.spec = lesson ? lesson->spec : lessons->others.at[i],
					       .hits = lesson ? lesson->calls : 0};
		json_t *rule = output_rule(&info);

		json_object_set_new(rule, "id", json_null());
		json_array_append_new(rules, rule);
	}
	json_object_set_new(root, "seconds", json_integer((json_int_t)((learning->elapsed + 500000000) / 1000000000)));
	json_object_set_new(root, "default", json_string("block"));
	json_object_set_new(root, "rules", rules);
	json_object_set_new(root, "lost", json_integer((json_int_t)learning->lost));
	output_json(&inv->out, root);
}

static int save(const struct session_of *learning, struct error *err)
{
	struct new_file file;

	if (new_file_open(&file, options.into, err))
		return -1;
	write_text(file.to, learning);
	return new_file_end(&file, options.into, true, err);
}

static void print_counts(const struct lessons *lessons, bool dry_run)
{
	size_t fresh = 0;

	for (size_t i = 0; i < lessons->n; i++)
		fresh += !lessons->at[i].known;
	printf("%zu rules %sin %s, %zu of them new\n", lessons->n + lessons->others.n, dry_run ? "would be " : "",
	       options.into, fresh);
}

static int finish(const struct invocation *inv, struct session_of *learning, struct error *err)
{
	struct lessons *lessons = &learning->lessons;
	char took[32];

	duration_format(learning->elapsed, took);
	if (!lessons->n)
		return error_set(err, ERR_NOT_FOUND, "nothing was reached in the %s, so there is nothing to allow",
				 took);
	if ((options.into && lessons_read(lessons, options.into, err)) ||
	    lessons_finish(lessons, &options.lessons, err) || (options.into && !inv->dry_run && save(learning, err)))
		return -1;
	if (inv->out.json)
		print_json(inv, learning);
	else if (!options.into)
		write_text(stdout, learning);
	else if (!inv->out.quiet)
		print_counts(lessons, inv->dry_run);
	return 0;
}

static int run(struct invocation *inv, struct error *err)
{
	struct session_of learning = {};
	uint64_t duration;
	int ret;

	if (!inv->n)
		return error_set(err, ERR_USAGE, "a duration is missing: type 'lsmctl learn 10m'");
	if (duration_parse(inv->words[0], &duration) || !duration)
		return error_set(err, ERR_USAGE, "bad duration, near '%.64s': a time, such as 60s or 5m",
				 inv->words[0]);
	if (output_check(&inv->out, err))
		return -1;
	/* Check the file before the long wait. */
	if (options.into) {
		struct lessons there = {};

		ret = lessons_read(&there, options.into, err);
		lessons_free(&there);
		if (ret)
			return -1;
	}
	if (options.lessons.names && prepare_names(inv, err))
		return -1;
	stream_begin();
	ret = learn(inv, duration, &learning, err);
	stream_finish();
	if (!ret)
		ret = finish(inv, &learning, err);
	lessons_free(&learning.lessons);
	return ret;
}

const struct command command_learn = {
	.name = "learn",
	.args = "DURATION",
	.summary = "watch what programs reach, and print rules that allow only that",
	.doc = "The policy does not change meanwhile. If interrupted, the command prints what it has learned so far. If "
	       "programs reached nothing, it prints nothing and exits with 1. "
	       "Blocked calls are not learned. To let everything through while you learn, type 'lsmctl set mode audit'.\n\n"
	       "The rules always allow loopback. Their comments name the programs and the number of calls, and, "
	       "while 'set names on' learns them, the names that the programs asked for.\n\n"
	       "With --by exe, the program of a script is its interpreter, and what was started from a container's files, "
	       "from memory or from a deleted file is of its user. Before such rules are in force, a copy of a program is "
	       "another program.\n\n"
	       "With --by name, while names are learned, a rule is for the name that the program asked for instead of an "
	       "address, and for 'resolvers' instead of a name server. --by exe,name does both.\n\n"
	       "With --into, the rules are added to the rules of FILE. Calls of earlier times are counted too, and all other "
	       "rules and settings of FILE stay.",
	.options = option_table,
	.parse = parse,
	.max_words = 1,
	.run = run,
};
