/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection: a socket of this machine that has a peer. */
#ifndef LSMCTL_FLOW_FLOW_H
#define LSMCTL_FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include "bpf/abi.h"

/* What sockets the kernel tells of. */
enum flow_kind {
	FLOW_TCP,
	FLOW_UDP,
	FLOW_UDPLITE,
	FLOW_MPTCP, /* the socket that the program has; its subflows are FLOW_TCP */
	FLOW_SCTP,
	FLOW_RAW,
	FLOW_KINDS,
};

/* Who began it. */
enum flow_origin {
	FLOW_OPENED,   /* a program of this host */
	FLOW_ACCEPTED, /* a listener of this host has its local port, so it came in */
	FLOW_ODD_PORT, /* no listener has its local port, and the kernel would not choose it: counts as came in */
};

/* What became of a connection that the policy refuses. */
enum flow_fate {
	FLOW_OPEN, /* nothing was done */
	FLOW_CUT,
	FLOW_LEFT,    /* it came in */
	FLOW_KERNEL,  /* it is the kernel's own: see flow_is_kernels() */
	FLOW_SESSION, /* the SSH connection by which the user is here */
	FLOW_GONE,    /* it ended by itself */
	FLOW_STAYS,   /* the kernel cannot close it: see error */
};

#define FLOW_NO_UID UINT32_MAX

struct flow {
	union ip local, remote;
	uint64_t cgroup;    /* in which the socket was made; 0: unknown */
	uint32_t cookie[2]; /* no other socket ever has it */
	uint32_t inode;	    /* 0: no program has it any more */
	uint32_t uid;	    /* FLOW_NO_UID: unknown */
	uint32_t gid;	    /* that the process has now; NO_GID: unknown */
	uint64_t exe;	    /* exe_id() of its program; 0: unknown */
	uint32_t device;    /* that it is bound to; 0: none */
	uint32_t net;	    /* place in the survey's namespaces */
	uint32_t cgroup_at; /* place in the survey's cgroups */
	uint32_t answer;    /* place in the survey's answers */
	int32_t pid;	    /* the first process that has it; 0: unknown */
	uint32_t sharers;   /* further processes that have it */
	uint16_t local_port, remote_port;
	uint16_t proto; /* as the policy sees it. A raw socket's own */
	uint8_t kind, family, state, origin, fate, error;
	bool session; /* an SSH connection by which the user is here */
};

/* States of TCP; others use some of them. Source: include/net/tcp_states.h */
enum flow_state {
	STATE_ESTABLISHED = 1,
	STATE_SYN_SENT,
	STATE_SYN_RECV,
	STATE_FIN_WAIT1,
	STATE_FIN_WAIT2,
	STATE_TIME_WAIT,
	STATE_CLOSE,
	STATE_CLOSE_WAIT,
	STATE_LAST_ACK,
	STATE_LISTEN,
	STATE_CLOSING,
};

const char *flow_kind_name(enum flow_kind kind);
/* As in `ss`: "ESTAB"; "-" for a number that it does not know. */
const char *flow_state_name(uint8_t state);

/* True for a socket that waits for others, so that its port tells who came in. */
bool flow_listens(const struct flow *flow);
/* True for a socket that has a peer and can still send to it. */
bool flow_is_open(const struct flow *flow);

/*
 * True for a socket of root that no process has: the kernel's own, as those of NFS and CIFS, which the policy never
 * judges. A user can hide a socket from /proc too, by sending its file to nobody: so root alone counts.
 */
bool flow_is_kernels(const struct flow *flow);

/* listened: a socket that listens has the same local port. ports: ip_local_port_range. */
enum flow_origin flow_origin_of(const struct flow *flow, bool listened, const uint16_t ports[2]);

#endif
