/* SPDX-License-Identifier: GPL-2.0-only */
/* A call that nobody makes, as people write it: ADDRESS [port P] [proto P] [uid USER] [cgroup PATH]. */
#ifndef LSMCTL_CALL_H
#define LSMCTL_CALL_H

#include "rule.h"

struct call {
	union ip ip;		  /* what 0.0.0.0 and :: reach, in their place */
	uint16_t proto;		  /* 0-255, or PROTO_RAW: a raw socket of none that a rule can name */
	uint32_t port;		  /* or NO_PORT */
	uint32_t uid;		  /* the real one, as the programs see it */
	char cgroup[CGROUP_SIZE]; /* absolute in the cgroup v2 hierarchy; "": unknown */
};

/* What is left unsaid: tcp, no port, and whose process this is. A cgroup that was said is there. */
int call_parse(struct call *call, size_t n, char *const words[], struct error *err);

/* "1.1.1.1 port 443 proto tcp uid 1000 cgroup /x": what says the same again. Free it; NULL: no memory. */
char *call_format(const struct call *call);

#endif
