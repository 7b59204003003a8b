/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports as users write them: 443, 8000-8100, or a service name; several with commas. */
#ifndef LSMCTL_RULE_PORTS_H
#define LSMCTL_RULE_PORTS_H

#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

struct port_range {
	uint16_t lo, hi; /* 0-65535: any port, or no port */
};

/* A growing list. The caller zeroes it, and frees it with ports_free(). */
struct ports {
	struct port_range *at;
	size_t n;
};

/*
 * Adds the ports. proto (as in a rule, or PROTO_ANY) selects the port of a service that has different ports for
 * different protocols. Source: /etc/services, or the database that the host is configured for.
 */
int ports_parse(struct ports *list, const char *text, uint16_t proto, struct error *err);
void ports_free(struct ports *list);

/* "80" or "80-443". */
void ports_format(uint16_t lo, uint16_t hi, char text[16]);

#endif
