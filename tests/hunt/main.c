// SPDX-License-Identifier: GPL-2.0-only
/* The hunt itself; see usage(). tests/hunt/guest calls it, in a machine where it has made the networks. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "hunt.h"

static const char usage[] = "Usage: hunt [OPTION]... [FILE]...\n"
			    "\n"
			    "Make sequences of socket calls and carry them out in a network namespace.\n"
			    "Tell which send anything to a blocked address; or do so with those in FILEs,\n"
			    "which may be seeds too.\n"
			    "\n"
			    "  --here FILE         the namespace where they run\n"
			    "  --there FILE        the one where the blocked addresses are, but for own ones\n"
			    "  --userns FILE       run as root of this user namespace, not as a user\n"
			    "  --before COMMAND    enforce the policy; without it all must arrive\n"
			    "  --after COMMAND     enforce it no more\n"
			    "  --base-on COMMAND   enforce another policy too: what it lets by is no find\n"
			    "  --base-off COMMAND  no more\n"
			    "  --strict            the policy is: try what is left open otherwise\n"
			    "  --backstop          likewise\n"
			    "  --seconds N         (30)\n"
			    "  --seed N            begin with this one\n"
			    "  --stop N            after so many finds\n"
			    "  --tries N           of each FILE (20)\n"
			    "  --both              FILEs, then a hunt\n"
			    "  --show              what each call of FILE returned\n";

#define UID 1000

static struct {
	int here, there, userns;
	bool show, both;
	const char *before, *after;
	unsigned int tries;
} given = {.here = -1, .there = -1, .userns = -1, .tries = 20};
static struct orders orders = {.seconds = 30, .stop = 1000};

static unsigned int arrived; /* of those in files */

void die(const char *what)
{
	fprintf(stderr, "hunt: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void enter_world(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (given.userns >= 0) {
		if (setns(given.userns, CLONE_NEWUSER) || setresgid(0, 0, 0) || setresuid(0, 0, 0))
			die("user namespace");
	} else if (setgroups(0, NULL) || setresgid(UID, UID, UID) || setresuid(UID, UID, UID)) {
		die("setresuid");
	}
}

bool in_world(void (*fn)(void *), void *argument, unsigned int limit_ms)
{
	uint64_t until = now_ns() + limit_ms * 1000000ull;
	sigset_t ends;
	pid_t child;

	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		sigprocmask(SIG_UNBLOCK, &ends, NULL);
		enter_world();
		play_init();
		fn(argument);
		fflush(stdout);
		_exit(0);
	}
	for (;;) {
		const struct timespec pause = {.tv_nsec = 200000000};

		if (waitpid(child, NULL, WNOHANG) == child)
			break;
		if (now_ns() > until) {
			kill(child, SIGKILL);
			waitpid(child, NULL, 0);
			serve_again();
			return false;
		}
		sigtimedwait(&ends, NULL, &pause);
	}
	serve_again();
	return true;
}

void command(const char *line)
{
	if (line && system(line)) {
		fprintf(stderr, "hunt: failed: %s\n", line);
		exit(2);
	}
}

/* Without a policy all of these arrive, and with one none does. */
static void control(bool enforced)
{
	static const char *const lines[] = {
		"socket|send to=blocked4",
		"socket family=inet6|send to=blocked6",
		"socket|send to=own4",
		"socket|send to=lo4",
		"socket family=inet6|send to=own6",
		"socket type=stream|connect to=blocked4",
		"socket family=inet6 type=stream|connect to=blocked6",
		"socket type=stream|connect to=lo4",
		"socket proto=icmp|send to=blocked4",
		"socket family=inet6 proto=icmpv6|send to=blocked6 port=0",
	};

	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct sequence sequence = {};
		struct arrival arrival;
		char text[200], *rest = NULL;

		snprintf(text, sizeof(text), "%s", lines[i]);
		for (char *line = strtok_r(text, "|", &rest); line; line = strtok_r(NULL, "|", &rest)) {
			if (op_read(line, &sequence.op[sequence.n++]))
				abort();
		}
		if (sequence_arrives(&sequence, enforced ? 1 : 5, &arrival) == enforced) {
			printf("control: '%s' %s\n", lines[i],
			       enforced ? "arrives" : "is not seen to arrive without a policy");
			sequence_show(&sequence);
			exit(2);
		}
	}
}

static int open_namespace(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

/* A file, or a seed. */
static void read_sequence(const char *name, struct sequence *sequence)
{
	FILE *from = fopen(name, "re");

	if (!from && strspn(name, "0123456789") == strlen(name)) {
		sequence_make(sequence, strtoull(name, NULL, 10), &orders.limits);
		return;
	}
	if (!from)
		die(name);
	if (sequence_read(from, name, sequence))
		exit(2);
	fclose(from);
}

static void replay(const char *name)
{
	struct sequence sequence;
	struct arrival arrival;

	read_sequence(name, &sequence);
	name = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	if (given.show)
		sequence_show(&sequence);
	if (sequence_arrives(&sequence, given.tries, &arrival)) {
		arrived++;
		printf("not ok - %s: %s\n", name, arrival.what);
	} else {
		printf("ok - %s\n", name);
	}
	fflush(stdout);
}

static const struct option longs[] = {
	{"here", required_argument, NULL, 'h'},
	{"there", required_argument, NULL, 't'},
	{"userns", required_argument, NULL, 'u'},
	{"before", required_argument, NULL, 'b'},
	{"after", required_argument, NULL, 'a'},
	{"base-on", required_argument, NULL, 'B'},
	{"base-off", required_argument, NULL, 'A'},
	{"strict", no_argument, NULL, 's'},
	{"backstop", no_argument, NULL, 'k'},
	{"seconds", required_argument, NULL, 'S'},
	{"seed", required_argument, NULL, 'r'},
	{"stop", required_argument, NULL, 'n'},
	{"tries", required_argument, NULL, 'T'},
	{"show", no_argument, NULL, 'v'},
	{"both", no_argument, NULL, '2'},
	{"help", no_argument, NULL, '?'},
	{},
};

static void read_options(int argc, char **argv)
{
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		switch (c) {
		case 'h':
			given.here = open_namespace(optarg);
			break;
		case 't':
			given.there = open_namespace(optarg);
			break;
		case 'u':
			given.userns = open_namespace(optarg);
			orders.limits.owns = true;
			break;
		case 'b':
			given.before = optarg;
			break;
		case 'a':
			given.after = optarg;
			break;
		case 'B':
			orders.base_on = optarg;
			break;
		case 'A':
			orders.base_off = optarg;
			break;
		case 's':
			orders.limits.strict = true;
			break;
		case 'k':
			orders.limits.backstop = true;
			break;
		case 'S':
			orders.seconds = atof(optarg);
			break;
		case 'r':
			orders.seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			orders.stop = (unsigned int)atoi(optarg);
			break;
		case 'T':
			given.tries = (unsigned int)atoi(optarg);
			break;
		case '2':
			given.both = true;
			break;
		case 'v':
			given.show = true;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
}

/* The networks as the sequences find them, and who watches them. */
static void enter_networks(void)
{
	words_init();
	make_init();
	if (given.there >= 0) {
		if (setns(given.there, CLONE_NEWNET))
			die("network namespace");
		watch_here("there");
		serve_here(true, orders.limits.strict || orders.limits.backstop);
	}
	if (given.here >= 0 && setns(given.here, CLONE_NEWNET))
		die("network namespace");
	watch_here("here");
	serve_here(false, false);
	options_init();
}

int main(int argc, char **argv)
{
	struct arrival late;

	read_options(argc, argv);
	hunt_init();
	enter_networks();
	if (given.before) {
		control(false);
		command(given.before);
		if (!orders.base_on)
			control(true);
	}
	/* What is still under way of that. */
	while (watch_arrived(&late, 100))
		;
	for (int i = optind; i < argc; i++)
		replay(argv[i]);
	if (optind == argc || given.both)
		arrived += hunt(&orders);
	if (given.before) {
		command(given.after);
		control(false);
	}
	return arrived > 0;
}
