// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "autoconf.h"
#include "destination.h"
#include "ports.h"
#include "prefix.h"
#include "prefix_scan.h"
#include "rule.h"

static int bad(struct error *err, const char *token, const char *why)
{
	return error_set(err, ERR_INPUT, "bad destination, near '%.64s%s': %s", token, strlen(token) > 64 ? "..." : "",
			 why);
}

static int append(struct destinations *list, const struct prefix *prefix, struct port_range ports, uint16_t proto,
		  struct error *err)
{
	struct destination *at;

	if (list->n == RULES_PER_SENTENCE)
		return error_set(err, ERR_INPUT, "more than %d rules in one command: split it into several",
				 RULES_PER_SENTENCE);
	at = array_with_room_for_one(list->at, list->n, sizeof(*at));
	if (!at)
		return error_errno(err, ENOMEM, "cannot read the destinations");
	list->at = at;
	list->at[list->n++] = (struct destination){*prefix, ports, proto};
	return 0;
}

/*
 * Cuts the token down to its address. *port: the port of the token, or NULL. An IPv6 address has two or more colons, so
 * a single colon starts a port.
 */
static int cut_port(char *token, char **address, char **port, struct error *err)
{
	char *colon = strchr(token, ':'), *close;

	*address = token;
	*port = NULL;
	if (token[0] == '[') {
		close = strchr(token, ']');
		if (!close || (close[1] && close[1] != ':') || !colon || colon > close)
			return bad(err, token, "brackets are for one IPv6 address: [2001:db8::1]:443");
		if (memchr(token, '/', (size_t)(close - token)) || memchr(token, '-', (size_t)(close - token)))
			return bad(
				err, token,
				"brackets are for one IPv6 address: type a prefix or a range without brackets, then 'port PORTS'");
		*close = '\0';
		*address = token + 1;
		if (close[1])
			*port = close + 2;
	} else if (colon && !strchr(colon + 1, ':')) {
		*colon = '\0';
		*port = colon + 1;
	}
	return 0;
}

/* Parses ADDR:PORT, [ADDR6] and [ADDR6]:PORT. */
static int parse_socket(struct destinations *list, const char *token, struct prefixes *prefixes, const char *address,
			const char *port, const char *ports, uint16_t proto, struct error *err)
{
	struct ports own = {};
	int ret;

	if (!*port)
		return bad(err, token, "a port is missing after the ':'");
	if (strchr(address, '/') || prefixes->n != 1 || prefixes->at[0].len != 128)
		return bad(err, token,
			   "only a single address takes ':PORT': type 'port PORTS' for a prefix or a range");
	if (ports)
		return bad(err, token, "it has a port, and 'port' gives another: leave one out");
	ret = ports_parse(&own, port, proto, err);
	if (!ret)
		ret = append(list, &prefixes->at[0], own.at[0], PROTO_ANY, err);
	ports_free(&own);
	return ret;
}

static int append_autoconf(struct destinations *list, const struct prefixes *prefixes, const char *ports,
			   uint16_t proto, struct error *err)
{
	struct port_range own;

	if (ports || proto != PROTO_ANY)
		return bad(err, AUTOCONF, "it has ports and protocols of its own: leave 'port' and 'proto' out");
	for (size_t i = 0; i < prefixes->n; i++) {
		proto = autoconf_proto(&prefixes->at[i], &own);
		if (append(list, &prefixes->at[i], own, proto, err))
			return -1;
	}
	return 0;
}

static int parse_one(struct destinations *list, char *token, const char *ports, const struct ports *every,
		     uint16_t proto, struct error *err)
{
	struct prefixes prefixes = {.reached = list->reached, .names = !list->reached};
	char *address, *port, *whole;
	int ret = -1;

	whole = strdup(token);
	if (!whole)
		return error_errno(err, ENOMEM, "cannot read the destinations");
	if (cut_port(token, &address, &port, err) || prefixes_parse(&prefixes, address, err))
		goto out;
	if (port) {
		ret = parse_socket(list, whole, &prefixes, address, port, ports, proto, err);
		goto out;
	}
	if (!strcmp(address, AUTOCONF)) {
		ret = append_autoconf(list, &prefixes, ports, proto, err);
		goto out;
	}
	for (size_t i = 0; i < prefixes.n; i++) {
		for (size_t j = 0; j < every->n; j++) {
			if (append(list, &prefixes.at[i], every->at[j], PROTO_ANY, err))
				goto out;
		}
	}
	ret = 0;
out:
	prefixes_free(&prefixes);
	free(whole);
	return ret;
}

static size_t hash(const struct destination *d)
{
	uint64_t sum = d->prefix.len + ((uint64_t)d->ports.lo << 16) + ((uint64_t)d->ports.hi << 32) +
		       ((uint64_t)d->proto << 48);

	for (int i = 0; i < 4; i++)
		sum = (sum ^ d->prefix.ip.w[i]) * 0x9e3779b97f4a7c15u;
	return (size_t)(sum >> 32);
}

static bool same(const struct destination *a, const struct destination *b)
{
	return prefix_equal(&a->prefix, &b->prefix) && a->ports.lo == b->ports.lo && a->ports.hi == b->ports.hi &&
	       a->proto == b->proto;
}

/* Keeps the first of equal destinations. */
static int drop_doubles(struct destinations *list, struct error *err)
{
	size_t size = 4, kept = 0;
	uint32_t *places; /* 1 + the place in the list */

	if (list->n < 2)
		return 0;
	while (size < list->n * 2)
		size *= 2;
	places = calloc(size, sizeof(*places));
	if (!places)
		return error_errno(err, ENOMEM, "cannot read the destinations");
	for (size_t i = 0; i < list->n; i++) {
		size_t at = hash(&list->at[i]) & (size - 1);

		while (places[at] && !same(&list->at[places[at] - 1], &list->at[i]))
			at = (at + 1) & (size - 1);
		if (places[at])
			continue;
		list->at[kept++] = list->at[i];
		places[at] = (uint32_t)kept;
	}
	list->n = kept;
	free(places);
	return 0;
}

static int parse_list(struct destinations *list, const char *text, const char *ports, const struct ports *every,
		      uint16_t proto, struct error *err)
{
	char *copy = strdup(text);
	char *rest = copy, *token;
	int ret = 0;

	if (!copy)
		return error_errno(err, ENOMEM, "cannot read the destinations");
	while (!ret && (token = strsep(&rest, ","))) {
		if (!*token && *text)
			ret = prefixes_missing(text, err);
		else
			ret = parse_one(list, token, ports, every, proto, err);
	}
	free(copy);
	return ret;
}

int destinations_parse(struct destinations *list, const char *text, const char *ports, uint16_t proto,
		       struct error *err)
{
	struct port_range any = {0, UINT16_MAX};
	struct ports said = {}, every = {.at = &any, .n = 1};
	struct prefix prefix;
	int ret = ports ? ports_parse(&said, ports, proto, err) : 0;

	if (ports)
		every = said;
	if (!ret && prefix_parse_fast(text, strlen(text), &prefix)) {
		ret = parse_list(list, text, ports, &every, proto, err);
	} else if (!ret) {
		/* Fast path: nearly every rule has a single plain address. */
		for (size_t i = 0; i < every.n && !ret; i++)
			ret = append(list, &prefix, every.at[i], PROTO_ANY, err);
	}
	ports_free(&said);
	return ret ? -1 : drop_doubles(list, err);
}

void destinations_free(struct destinations *list)
{
	free(list->at);
	*list = (struct destinations){};
}
