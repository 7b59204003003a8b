// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "session.h"
#include "stream.h"

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

void stream_begin(void)
{
	const struct sigaction action = {.sa_handler = end}; /* no SA_RESTART: the signal ends waits */

	ended = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool stream_ended(void)
{
	return ended;
}

bool stream_is_closed(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	/* Of a pipe or socket that nobody reads from any more. */
	return poll(&out, 1, 0) == 1 && out.revents & (POLLERR | POLLHUP);
}

void stream_finish(void)
{
	signal(SIGPIPE, SIG_DFL);
	if (ferror(stdout) && stream_is_closed())
		raise(SIGPIPE);
}

int stream_attach(const struct invocation *inv, struct watcher_handle *handle, enum watcher_kind kind,
		  uint32_t verdicts, int map_fd, struct error *err)
{
	struct session session;
	int ret;

	if (session_open(&session, inv, RULESET_CONFIRM, err)) {
		close(map_fd);
		return -1;
	}
	ret = watcher_attach(handle, &session.pins, session.rules, kind, verdicts, map_fd, err);
	session_close(&session);
	return ret;
}
