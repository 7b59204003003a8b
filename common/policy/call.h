/* SPDX-License-Identifier: GPL-2.0-only */
/* A hypothetical call, as users write it: ADDRESS [port P] [proto P] [uid USER] [gid GROUP] [exe PATH] [cgroup PATH |
 * unit NAME].
 */
#ifndef LSMCTL_POLICY_CALL_H
#define LSMCTL_POLICY_CALL_H

#include "rule/rule.h"

struct call {
	union ip ip;		  /* 0.0.0.0 and :: are replaced by the addresses that they reach */
	uint16_t proto;		  /* 0-255, or PROTO_RAW: a raw socket with a protocol that no rule can name */
	bool raw;		  /* a raw socket with this protocol */
	uint32_t port;		  /* or NO_PORT */
	uint32_t uid, gid;	  /* the real ones, as the programs see them; gid NO_GID: unknown */
	uint64_t exe_id;	  /* of a flow, without a path; used when exe is "" */
	char exe[CGROUP_SIZE];	  /* the path of the program; "": none that a rule is for */
	char cgroup[CGROUP_SIZE]; /* absolute in the cgroup v2 hierarchy; "": unknown */
};

/* Parses a call. Defaults: tcp, no port, no program, and uid, gid and cgroup of this process. An explicit cgroup must
 * exist. */
int call_parse(struct call *call, size_t n, char *const words[], struct error *err);

/*
 * Returns the words that parse to the same call: "1.1.1.1 port 443 proto tcp uid 1000 gid 1000 cgroup /x". Free it;
 * NULL: no memory.
 */
char *call_format(const struct call *call);

#endif
