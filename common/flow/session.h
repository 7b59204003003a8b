/* SPDX-License-Identifier: GPL-2.0-only */
/* The SSH connection by which the user is here. sudo drops SSH_CONNECTION, so the processes above this one tell too. */
#ifndef LSMCTL_FLOW_SESSION_H
#define LSMCTL_FLOW_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "host/holders.h"
#include "flow.h"

#define SESSIONS 16 /* of each kind: more are not looked for */

struct ssh_peer {
	union ip remote, local;
	uint16_t remote_port, local_port;
};

struct ssh_session {
	pid_t servers[SESSIONS]; /* processes of an SSH server above this one */
	size_t n_servers;
	struct ssh_peer peers[SESSIONS]; /* from SSH_CONNECTION of this process and of those above it */
	size_t n_peers;
};

/* Walks up from this process to the first. */
void ssh_session_find(struct ssh_session *session);
/* True when the connection is the user's own. */
bool ssh_session_has(const struct ssh_session *session, const struct flow *flow, const struct holders *holders);

/* Reads "CLIENT PORT SERVER PORT". */
bool ssh_peer_parse(const char *text, struct ssh_peer *peer);
/* True for the name of a program that serves SSH connections. */
bool ssh_is_server(const char *name);
/* Returns the parent in the text of /proc/PID/stat, or 0. */
pid_t ssh_parent_in(const char *stat);

#endif
