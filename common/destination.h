/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands first in a rule: destinations, each with the ports it is for. */
#ifndef LSMCTL_DESTINATION_H
#define LSMCTL_DESTINATION_H

#include "ports.h"
#include "prefix.h"

struct destination {
	struct prefix prefix;
	struct port_range ports;
};

/* A growing list; zero-initialise it, and free it with destinations_free(). */
struct destinations {
	struct destination *at;
	size_t n, room;
	bool reached; /* as in struct prefixes */
};

/*
 * Fills an empty list with each destination for each port, in the order in which they are typed, each once. A
 * destination is what prefixes_parse() takes, ADDR:PORT, [ADDR6] or [ADDR6]:PORT. ports is what follows the word
 * 'port', or NULL, and is refused beside a destination that has a port of its own.
 */
int destinations_parse(struct destinations *list, const char *text, const char *ports, uint16_t proto,
		       struct error *err);
void destinations_free(struct destinations *list);

#endif
