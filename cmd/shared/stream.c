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
	struct pins pins = PINS_CLOSED;
	struct ruleset *rules = NULL;
	int ret;

	/* Nothing that the lock keeps changes. Opens the rules only to see whether they are loaded, and of this layout.
	 */
	if (!pins_open(&pins, inv->pin_dir, PINS_ALONE, err))
		rules = ruleset_open(&pins, RULESET_READ, err);
	if (!rules) {
		pins_close(&pins);
		close(map_fd);
		return session_missing(inv, err);
	}
	ruleset_close(rules);
	ret = watcher_attach(handle, &pins, kind, verdicts, map_fd, err);
	pins_close(&pins);
	return ret;
}
