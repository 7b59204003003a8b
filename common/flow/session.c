// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "host/process.h"
#include "session.h"

#define LEVELS 256 /* of processes: a circle cannot be, but /proc changes while it is read */

static bool ip_parse(const char *text, union ip *ip)
{
	union ip v4 = {.b = {[10] = 0xff, 0xff}};

	if (inet_pton(AF_INET, text, &v4.w[3]) == 1)
		*ip = v4;
	else if (inet_pton(AF_INET6, text, ip) != 1)
		return false;
	return true;
}

bool ssh_peer_parse(const char *text, struct ssh_peer *peer)
{
	char remote[64], local[64];

	if (sscanf(text, "%63s %5hu %63s %5hu", remote, &peer->remote_port, local, &peer->local_port) != 4)
		return false;
	/* A link-local address has its device behind it. */
	remote[strcspn(remote, "%")] = '\0';
	local[strcspn(local, "%")] = '\0';
	return ip_parse(remote, &peer->remote) && ip_parse(local, &peer->local);
}

bool ssh_is_server(const char *name)
{
	return !strncmp(name, "sshd", 4) || !strcmp(name, "dropbear") || !strcmp(name, "tinysshd");
}

/* "812 (a name) S 811 ...": the name may have anything in it. */
pid_t ssh_parent_in(const char *stat)
{
	const char *behind = strrchr(stat, ')');
	int parent = 0;

	return behind && sscanf(behind + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

static void add_peer(struct ssh_session *session, const char *text)
{
	if (session->n_peers < SESSIONS && ssh_peer_parse(text, &session->peers[session->n_peers]))
		session->n_peers++;
}

static void read_environment(struct ssh_session *session, pid_t pid)
{
	static const char wanted[] = "SSH_CONNECTION=";
	char path[64], *word = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	file = fopen(path, "re");
	while (file && getdelim(&word, &room, '\0', file) > 0) {
		if (!strncmp(word, wanted, sizeof(wanted) - 1))
			add_peer(session, word + sizeof(wanted) - 1);
	}
	free(word);
	if (file)
		fclose(file);
}

void ssh_session_find(struct ssh_session *session)
{
	pid_t pid = getpid();

	*session = (struct ssh_session){};
	for (int i = 0; i < LEVELS && pid > 0; i++) {
		char text[512], name[PROCESS_NAME_SIZE];

		process_name(pid, name);
		if (ssh_is_server(name) && session->n_servers < SESSIONS)
			session->servers[session->n_servers++] = pid;
		read_environment(session, pid);
		process_file(pid, "stat", text, sizeof(text));
		pid = ssh_parent_in(text);
	}
}

static bool is_server(const struct ssh_session *session, pid_t pid)
{
	for (size_t i = 0; i < session->n_servers; i++) {
		if (session->servers[i] == pid)
			return true;
	}
	return false;
}

static bool is_peer(const struct ssh_peer *peer, const struct flow *flow)
{
	return flow->kind != FLOW_UDP && flow->remote_port == peer->remote_port &&
	       flow->local_port == peer->local_port && !memcmp(&flow->remote, &peer->remote, sizeof(peer->remote)) &&
	       !memcmp(&flow->local, &peer->local, sizeof(peer->local));
}

bool ssh_session_has(const struct ssh_session *session, const struct flow *flow, const struct holders *holders)
{
	uint32_t n;
	const struct holder *holder = holders_of(holders, flow->inode, &n);
	const struct holder *end = holders->at + holders->n;

	for (; holder && holder < end && holder->inode == flow->inode; holder++) {
		if (is_server(session, holder->pid))
			return true;
	}
	for (size_t i = 0; i < session->n_peers; i++) {
		if (is_peer(&session->peers[i], flow))
			return true;
	}
	return false;
}
