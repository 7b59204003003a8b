/* SPDX-License-Identifier: GPL-2.0-only */
/* Parses the first word of a rule: destinations, each with its ports. */
#ifndef LSMCTL_RULE_DESTINATION_H
#define LSMCTL_RULE_DESTINATION_H

#include "ports.h"
#include "prefix.h"

struct destination {
	struct prefix prefix;
	struct port_range ports;
	uint16_t proto; /* PROTO_ANY: as the rule says */
};

/* A growing list. The caller zeroes it, and frees it with destinations_free(). */
struct destinations {
	struct destination *at;
	size_t n;
	bool reached; /* as in struct prefixes */
};

/*
 * Fills an empty list with each destination for each port, in the order of input, without duplicates. Accepts what
 * prefixes_parse() accepts, ADDR:PORT, [ADDR6] and [ADDR6]:PORT. ports: the value of the word 'port', or NULL; refused
 * together with ADDR:PORT, and together with autoconf, whose destinations have ports and protocols of their own.
 */
int destinations_parse(struct destinations *list, const char *text, const char *ports, uint16_t proto,
		       struct error *err);
void destinations_free(struct destinations *list);

#endif
