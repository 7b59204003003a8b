// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <unistd.h>
#include "stream.h"

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

void stream_begin(void)
{
	const struct sigaction action = {.sa_handler = end}; /* no SA_RESTART: what waits is woken */

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

int stream_seat(const struct invocation *inv, struct seat *seat, enum seat_kind kind, uint32_t verdicts, int map_fd,
		struct error *err)
{
	struct session session;
	int ret;

	if (session_open(&session, inv, RULESET_CONFIRM, err)) {
		close(map_fd);
		return -1;
	}
	ret = seat_take(seat, &session.pins, session.rules, kind, verdicts, map_fd, err);
	session_close(&session);
	return ret;
}
