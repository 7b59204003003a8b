// SPDX-License-Identifier: GPL-2.0-only
/*
 * stopwatch N LIMIT COMMAND [ARGUMENT]...: runs it N times, its output going nowhere, and writes a line for each run:
 * the nanoseconds from before its start to its end, the most memory it had, in KiB, the nanoseconds that it kept a
 * processor busy, and how often it began to wait for something. Ends with the status of the first run that fails, and
 * lets it say why. A run that takes longer than LIMIT seconds (0: none does) is killed, and the status is 124.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/wait.h>

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static long long ns_of(const struct timeval *tv)
{
	return tv->tv_sec * 1000000000ll + tv->tv_usec * 1000ll;
}

static volatile sig_atomic_t late;
static pid_t pid;

static void stop(int number)
{
	(void)number;
	late = 1;
	kill(pid, SIGKILL);
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	int rounds = argc > 3 ? atoi(argv[1]) : 0, limit = argc > 3 ? atoi(argv[2]) : -1;

	if (rounds < 1 || limit < 0) {
		fputs("usage: stopwatch N LIMIT COMMAND [ARGUMENT]...\n", stderr);
		return 2;
	}
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = stop, .sa_flags = SA_RESTART}, NULL);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	for (int i = 0; i < rounds; i++) {
		long long from = now();
		struct rusage usage;
		int status;

		if (posix_spawnp(&pid, argv[3], &actions, NULL, argv + 3, environ)) {
			perror(argv[3]);
			return 127;
		}
		alarm((unsigned int)limit);
		if (wait4(pid, &status, 0, &usage) != pid)
			return 2;
		alarm(0);
		if (late)
			return 124;
		printf("%lld %ld %lld %ld\n", now() - from, usage.ru_maxrss,
		       ns_of(&usage.ru_utime) + ns_of(&usage.ru_stime), usage.ru_nvcsw);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return 0;
}
