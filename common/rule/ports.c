// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "ports.h"
#include "proto.h"

/* The protocols that the services database uses. */
static const char *const protocols[] = {"tcp", "udp", "sctp", "dccp"};

#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

static int bad(struct error *err, const char *token, const char *why)
{
	return error_set(err, ERR_INPUT, "bad port, near '%.64s%s': %s", token, strlen(token) > 64 ? "..." : "", why);
}

static int service(const char *name, const char *protocol)
{
	const struct servent *entry = getservbyname(name, protocol);

	return entry ? ntohs((uint16_t)entry->s_port) : -1;
}

/* Without a protocol, or when the service is not listed for it: takes the port that all listed protocols agree on. */
static int parse_service(struct port_range *range, const char *name, uint16_t proto, struct error *err)
{
	char protocol[16], why[128];
	const char *with = NULL;
	int port;

	proto_format(proto, protocol);
	port = proto == PROTO_ANY ? -1 : service(name, protocol);
	for (size_t i = 0; i < PROTOCOLS && (port < 0 || with); i++) {
		int other = service(name, protocols[i]);

		if (other >= 0 && port >= 0 && other != port) {
			snprintf(why, sizeof(why), "it is %d with %s and %d with %s: type 'proto %s', or the number",
				 port, with, other, protocols[i], with);
			return bad(err, name, why);
		}
		if (other >= 0) {
			port = other;
			with = protocols[i];
		}
	}
	if (port < 0)
		return bad(err, name, "not a number, a range such as 8000-8100, or a service of /etc/services");
	*range = (struct port_range){(uint16_t)port, (uint16_t)port};
	return 0;
}

static int parse_one(struct port_range *range, const char *token, uint16_t proto, struct error *err)
{
	const char *dash = strchr(token, '-');
	char first[8];
	size_t len = dash ? (size_t)(dash - token) : strlen(token);
	uint64_t lo, hi;

	if (token[strspn(token, "0123456789-")])
		return parse_service(range, token, proto, err);
	/* A number too long to parse gets the message for one that is too large. */
	len = len < sizeof(first) ? len : sizeof(first) - 1;
	memcpy(first, token, len);
	first[len] = '\0';
	if (num_parse(first, UINT16_MAX, &lo) || num_parse(dash ? dash + 1 : first, UINT16_MAX, &hi))
		return bad(err, token, "a port is 0 to 65535, and a range such as 8000-8100");
	if (lo > hi)
		return bad(err, token, "a range goes from the lower port to the higher one");
	if (!lo && hi && hi != UINT16_MAX)
		return bad(err, token, "a range starts at port 1 or above, or is 0-65535 for any port");
	*range = (struct port_range){(uint16_t)lo, (uint16_t)hi};
	return 0;
}

static int append(struct ports *list, struct port_range range, struct error *err)
{
	struct port_range *at;

	at = array_with_room_for_one(list->at, list->n, sizeof(*at));
	if (!at)
		return error_errno(err, ENOMEM, "cannot read the ports");
	list->at = at;
	list->at[list->n++] = range;
	return 0;
}

int ports_parse(struct ports *list, const char *text, uint16_t proto, struct error *err)
{
	char *copy = strdup(text);
	char *rest = copy, *token;
	size_t before = list->n;
	int ret = 0;

	if (!copy)
		return error_errno(err, ENOMEM, "cannot read the ports");
	while (!ret && (token = strsep(&rest, ","))) {
		struct port_range range = {};

		if (!*token)
			ret = error_set(err, ERR_INPUT,
					"a port is missing, near '%.64s': a number, a range or a service", text);
		else
			ret = parse_one(&range, token, proto, err);
		if (!ret)
			ret = append(list, range, err);
	}
	if (ret)
		list->n = before;
	free(copy);
	return ret;
}

void ports_free(struct ports *list)
{
	free(list->at);
	*list = (struct ports){};
}

void ports_format(uint16_t lo, uint16_t hi, char text[16])
{
	if (lo == hi)
		sprintf(text, "%u", lo);
	else
		sprintf(text, "%u-%u", lo, hi);
}
