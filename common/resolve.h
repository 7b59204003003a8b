/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host names and the addresses that they have now, as this host's own resolver tells them (getaddrinfo). Rules are for
 * addresses: a name is looked up once, when it is asked for, and each of its addresses becomes a rule.
 */
#ifndef LSMCTL_RESOLVE_H
#define LSMCTL_RESOLVE_H

#include "prefix.h"

#define NAMED_PREFIX "resolved from "
#define HOST_SIZE    (COMMENT_SIZE - (sizeof(NAMED_PREFIX) - 1)) /* a name fits into a comment */

struct host {
	char name[HOST_SIZE];	  /* lower-case, without a final dot */
	struct prefix *addresses; /* in order, each once; NULL until it is resolved */
	size_t n;
};

/* A growing list; zero-initialise it, and free it with hosts_free(). */
struct hosts {
	struct host *at;
	size_t n;
	bool local; /* rules that let through may be for local addresses too: see host_check_open() */
};

/*
 * Whether a destination, without its port, is to be looked up: it is no word such as any, and is not written as
 * addresses are (with a colon, a slash or a bracket, or with a number at its end).
 */
bool host_is_meant(const char *text);

/* "Example.COM." is example.com. Refused: what no host can be called, and what does not fit into a comment. */
int host_parse(const char *text, char name[HOST_SIZE], struct error *err);

/* The one of a name, or NULL. hosts_add() puts it in when it is not there. */
struct host *hosts_find(const struct hosts *hosts, const char *name);
struct host *hosts_add(struct hosts *hosts, const char *name, struct error *err);

bool host_has(const struct host *host, const struct prefix *address);

/*
 * Whether an answer may open this address. Whoever answers for a name chooses its addresses: one that is private or
 * link-local (among them 169.254.169.254, where clouds give away a machine's credentials) is refused, unless
 * hosts->local. So is an IPv6 address that a translator makes such a one of.
 */
int host_check_open(const struct hosts *hosts, const char *name, const struct prefix *address, struct error *err);

/*
 * Looks up those that are not resolved: every one has an address then. May take as long as the resolver does, so no
 * lock is to be held. An answer that names this host itself, as filters of names give it, is refused.
 */
int hosts_resolve(struct hosts *hosts, struct error *err);
void hosts_free(struct hosts *hosts);

#endif
