/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports as people write them: 443, 8000-8100, or a service's name; several by commas. */
#ifndef LSMCTL_PORTS_H
#define LSMCTL_PORTS_H

#include <stddef.h>
#include <stdint.h>
#include "error.h"

struct port_range {
	uint16_t lo, hi; /* 0-65535: any port, or none */
};

/* A growing list; zero-initialise it, and free it with ports_free(). */
struct ports {
	struct port_range *at;
	size_t n, room;
};

/*
 * Adds the ports. The protocol (as in a rule, PROTO_ANY too) says what a service's name means where it means different
 * ports for different protocols. Source: /etc/services, or whatever else the host is told to use.
 */
int ports_parse(struct ports *list, const char *text, uint16_t proto, struct error *err);
void ports_free(struct ports *list);

#endif
