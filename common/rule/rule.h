/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule as users write it: DESTINATION[,...] [port PORTS] [proto PROTO] [SUBJECT] [timeout DURATION] [set NAME]
 * [errno NAME] [comment TEXT]. A sentence may name several destinations and ports; each pair becomes a rule.
 * A rule's identity is destination, ports, protocol, subject and set, without verdict and other options.
 */
#ifndef LSMCTL_RULE_RULE_H
#define LSMCTL_RULE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "prefix.h"

#define CGROUP_SIZE 512 /* bytes, the final NUL included */

#define RULES_PER_SENTENCE 65536 /* at most */

/* A rule without its place in the tables. */
struct rule_spec {
	/* identity */
	struct prefix prefix;
	uint16_t port_lo, port_hi; /* 0-65535: any port, or no port */
	uint16_t proto;		   /* 0-255, PROTO_RAW or PROTO_ANY, canonical: see abi.h */
	uint32_t id;		   /* SUBJECT_UID, SUBJECT_GID: it; SUBJECT_UIDS, SUBJECT_GIDS: the first */
	uint32_t id_to;		   /* SUBJECT_UIDS, SUBJECT_GIDS: the last, larger than the first */
	enum subject_kind subject;
	union {			    /* kept, see kept_text.h, and shorter than CGROUP_SIZE; "" for other subjects */
		const char *cgroup; /* SUBJECT_CGROUP: a path in the cgroup v2 hierarchy, or a unit: see unit.h */
		const char *exe;    /* SUBJECT_EXE: the path of a program: see exe.h */
	};
	char set[SET_SIZE]; /* "": no set; letters, digits, '-', '_', '.' */
	/* not identity */
	enum verdict verdict;
	int error;		    /* errno of a blocked call, positive */
	bool local;		    /* of a name: lets calls to its private and local addresses through too */
	uint64_t timeout;	    /* ns from now; 0: no timeout */
	char comment[COMMENT_SIZE]; /* "": no comment; plain text, see text_is_plain() */
};

/* A rule in force. */
struct rule_info {
	struct rule_spec spec; /* timeout: the time left */
	uint32_t id;
	int64_t cgroups_now;   /* SUBJECT_CGROUP: the cgroups that have its path now; -1: unknown */
	int64_t addresses_now; /* of a name: those it has now, in all network namespaces; -1: unknown */
	uint64_t hits;
	uint64_t last_hit; /* CLOCK_BOOTTIME, ns; 0: never */
};

/* A growing list. The caller zeroes it, and frees it with rules_free(). */
struct rules {
	struct rule_spec *at;
	size_t n, room;
};

void rules_free(struct rules *rules);
/* Makes room for n more rules. */
int rules_reserve(struct rules *rules, size_t n, struct error *err);

/* Sets the defaults: every port, protocol and subject, EPERM, no options. Zeroes the prefix. */
void rule_init(struct rule_spec *spec, enum verdict verdict);

bool rule_any_port(const struct rule_spec *spec);

bool rule_same_identity(const struct rule_spec *a, const struct rule_spec *b);
/* True when adding a would not change b. A timeout always changes b. */
bool rule_same(const struct rule_spec *a, const struct rule_spec *b);

#endif
