// SPDX-License-Identifier: GPL-2.0-only
/*
 * stopwatch N COMMAND [ARGUMENT]...: runs it N times, its output going nowhere, and writes a line for each run: the
 * nanoseconds from before its start to its end, and the most memory it had, in KiB. Ends with the status of the first
 * run that fails, and lets it say why.
 */
#include <fcntl.h>
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

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	int rounds = argc > 2 ? atoi(argv[1]) : 0;

	if (rounds < 1) {
		fputs("usage: stopwatch N COMMAND [ARGUMENT]...\n", stderr);
		return 2;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	for (int i = 0; i < rounds; i++) {
		long long from = now();
		struct rusage usage;
		pid_t pid;
		int status;

		if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ)) {
			perror(argv[2]);
			return 127;
		}
		if (wait4(pid, &status, 0, &usage) != pid)
			return 2;
		printf("%lld %ld\n", now() - from, usage.ru_maxrss);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return 0;
}
