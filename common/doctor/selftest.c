// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "selftest.h"

#define ONE_WAY	 5  /* seconds, then the attempt is given up */
#define ALL_WAYS 25 /* for all attempts; the rules last a minute, for both rounds */

static const char *const names[] = {
	[OUTCOME_HELD] = "held",
	[OUTCOME_OPEN] = "open",
	[OUTCOME_LACKING] = "not_on_this_kernel",
};

const char *outcome_name(enum outcome outcome)
{
	return names[outcome];
}

/* The child's results, in shared memory. */
struct report {
	int failed;   /* -errno: could not create the namespace */
	bool counted; /* true: the packets could be counted */
	bool late;    /* a packet left after the last attempt, so that its source is unknown */
	struct tried tried[];
};

static void interrupt(int signal)
{
	(void)signal;
}

static void wait_ms(long ms)
{
	const struct timespec time = {.tv_nsec = ms * 1000000};

	nanosleep(&time, NULL);
}

/* Waits until an attempt causes no more traffic: no packet leaves for ms. */
static long wait_for_quiet(long ms)
{
	long before, now = selftest_packets();

	for (int i = 0; i < 40; i++) {
		before = now;
		wait_ms(ms);
		now = selftest_packets();
		if (now == before)
			break;
	}
	return now;
}

static struct tried go(const struct way *way, const struct selftest_targets *to, long *packets)
{
	const struct itimerval limit = {.it_value = {.tv_sec = ONE_WAY}}, none = {};
	struct attempt attempt;
	struct tried tried = {.done = true};
	long before = *packets, now;
	int ret;

	setitimer(ITIMER_REAL, &limit, NULL);
	ret = way_go(way, to, &attempt);
	setitimer(ITIMER_REAL, &none, NULL);
	now = selftest_packets();
	tried.error = -ret;
	tried.lacks = attempt.lacks;
	if (now > before + attempt.allowed)
		tried.packets = (unsigned int)(now - before - attempt.allowed);
	*packets = now == before ? now : wait_for_quiet(5);
	return tried;
}

static struct tried try_one(const struct way *way, const struct selftest_targets *to, long *packets)
{
	struct tried tried = go(way, to, packets);

	/* The call was refused, and still a packet left. It may come from this attempt, or from an earlier open one. */
	if (tried.error == EPERM && tried.packets) {
		*packets = wait_for_quiet(250);
		tried = go(way, to, packets);
	}
	return tried;
}

static void try_all(const struct selftest_targets *to, const struct tried *before, struct report *report, size_t n)
{
	const struct sigaction action = {.sa_handler = interrupt}; /* no SA_RESTART: the signal ends blocking calls */
	struct timespec begin, now;
	sigset_t none;
	long packets;

	sigemptyset(&none);
	sigaction(SIGALRM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_SETMASK, &none, NULL);
	report->failed = selftest_network(to);
	if (report->failed)
		return;
	packets = wait_for_quiet(5);
	report->counted = packets >= 0;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (size_t i = 0; report->counted && i < n; i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - begin.tv_sec > ALL_WAYS)
			return;
		if (before && before[i].lacks)
			report->tried[i] = before[i];
		else
			report->tried[i] = try_one(way_at(i), to, &packets);
	}
	wait_ms(50);
	report->late = selftest_packets() != packets;
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? 0 : -EINTR;
}

/* Returns the child's results, or the reason why it has none. */
static int take(const struct report *report, bool control, struct tried *tried, size_t n, struct error *err)
{
	if (report->failed)
		return error_errno(err, -report->failed, "cannot create a network namespace for the trial");
	if (!report->counted)
		return error_set(err, ERR_SYSTEM, "cannot count packets: /proc/net/dev shows no lo (mount /proc)");
	for (size_t i = 0; i < n; i++) {
		if (!report->tried[i].done)
			return error_set(err, ERR_SYSTEM, "it took too long: stopped before '%s'", way_at(i)->name);
	}
	if (report->late && !control)
		return error_set(err, ERR_SYSTEM,
				 "a packet left after the last trial, so its source is unknown: try again");
	memcpy(tried, report->tried, n * sizeof(*tried));
	return 0;
}

int selftest_try(const struct selftest_targets *to, const struct tried *before, struct tried *tried, size_t n,
		 struct error *err)
{
	size_t size = sizeof(struct report) + n * sizeof(*tried);
	struct report *report = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t parent = getpid(), child;
	int ret;

	if (report == MAP_FAILED)
		return error_errno(err, ENOMEM, "cannot try the ways");
	fflush(NULL); /* the child must not flush inherited output */
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			try_all(to, before, report, n);
		_exit(0);
	}
	ret = child < 0 ? -errno : wait_for(child);
	if (ret == -EINTR)
		ret = error_set(err, ERR_SYSTEM, "interrupted: some ways were not tried");
	else if (ret)
		ret = error_errno(err, -ret, "cannot try the ways");
	else
		ret = take(report, !before, tried, n, err);
	munmap(report, size);
	return ret;
}

/* The rule for the target must refuse each call with its EPERM, and no packet may leave. */
struct judgement selftest_judge(const struct way *way, const struct tried *control, const struct tried *blocked,
				const struct settings *settings)
{
	bool at_creation = control->lacks && settings->strict && control->error == EPERM;

	if (!at_creation &&
	    (control->lacks || (control->error ? control->error != EPERM : way->call && !control->packets)))
		return (struct judgement){.outcome = OUTCOME_LACKING};
	if (blocked->error == EPERM && !blocked->packets)
		return (struct judgement){.outcome = OUTCOME_HELD, .held_for_all = control->error == EPERM};
	if (way->cure == CURE_BACKSTOP && !settings->backstop)
		return (struct judgement){
			.outcome = OUTCOME_OPEN, .closed_by = "lsmctl set backstop on", .known = true};
	if (way->cure == CURE_STRICT && !settings->strict)
		return (struct judgement){.outcome = OUTCOME_OPEN, .closed_by = "lsmctl set strict on", .known = true};
	return (struct judgement){.outcome = OUTCOME_OPEN,
				  .closed_by = settings->mode == MODE_AUDIT ? "lsmctl set mode enforce" : NULL};
}
