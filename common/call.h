/* SPDX-License-Identifier: GPL-2.0-only */
/* A call that nobody makes, as people write it: ADDRESS [port P] [proto P] [uid USER] [cgroup PATH]. */
#ifndef LSMCTL_CALL_H
#define LSMCTL_CALL_H

#include "rule.h"

struct call {
	union ip ip;		  /* as it was typed, 0.0.0.0 and :: too */
	uint16_t proto;		  /* 0-255, or PROTO_RAW: a raw socket of none that a rule can name */
	uint32_t port;		  /* or NO_PORT */
	uint32_t uid;		  /* the real one, as the programs see it */
	char cgroup[CGROUP_SIZE]; /* absolute in the cgroup v2 hierarchy; "": unknown */
	bool proto_said, port_said, uid_said, cgroup_said;
};

/* What is left unsaid: tcp, no port, and whose process this is. A cgroup that was said is there. */
int call_parse(struct call *call, size_t n, char *const words[], struct error *err);

bool call_has_ports(const struct call *call);

/* The address as the programs judge it: 0.0.0.0 and :: reach this host. */
union ip call_reaches(const struct call *call);

/* "1.1.1.1 port 443 proto tcp uid 1000 cgroup /x": what says the same again. Free it; NULL: no memory. */
char *call_format(const struct call *call);

#endif
