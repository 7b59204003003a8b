/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resolves host names with the resolver of this host (getaddrinfo). Rules have addresses: a command resolves each name
 * once and makes a rule for each address.
 */
#ifndef LSMCTL_NAME_RESOLVE_H
#define LSMCTL_NAME_RESOLVE_H

#include "rule/prefix.h"

#define NAMED_PREFIX "resolved from "
#define HOST_SIZE    (COMMENT_SIZE - (sizeof(NAMED_PREFIX) - 1)) /* a name fits into a comment */

struct host {
	char name[HOST_SIZE];	  /* lower-case, without a final dot */
	struct prefix *addresses; /* sorted, without duplicates; NULL before it is resolved */
	size_t n;
};

/* A growing list. The caller zeroes it, and frees it with hosts_free(). */
struct hosts {
	struct host *at;
	size_t n;
	bool local; /* allow and audit rules may be for local addresses too: see host_check_open() */
	bool own;   /* accept addresses of this host, for a question instead of a rule */
};

/*
 * True when a destination, without its port, is a host name: it is no word such as any, has no colon, slash or bracket,
 * and does not end in a number.
 */
bool host_is_meant(const char *text);

/* Normalises "Example.COM." to example.com. Refuses a name that no host can have, and a name too long for a comment. */
int host_parse(const char *text, char name[HOST_SIZE], struct error *err);

/* hosts_find(): returns the host with this name, or NULL. hosts_add(): also adds it when it is new. */
struct host *hosts_find(const struct hosts *hosts, const char *name);
struct host *hosts_add(struct hosts *hosts, const char *name, struct error *err);

bool host_has(const struct host *host, const struct prefix *address);

/*
 * Checks whether an answer may open this address. The owner of a name chooses its addresses. So this refuses, unless
 * hosts->local, private and link-local addresses (such as 169.254.169.254, where clouds hand out a machine's
 * credentials), and IPv6 addresses that a translator turns into them.
 */
int host_check_open(const struct hosts *hosts, const char *name, const struct prefix *address, struct error *err);

/*
 * Resolves the hosts that have no addresses yet: on success each has one. May take as long as the resolver, so the
 * caller must hold no lock. Refuses an answer with an address of this host, which filtering name servers return, unless
 * hosts->own.
 */
int hosts_resolve(struct hosts *hosts, struct error *err);
void hosts_free(struct hosts *hosts);

#endif
