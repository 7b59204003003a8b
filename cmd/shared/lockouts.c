// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "bpf/ip.h"
#include "host/own_net.h"
#include "host/socket_users.h"
#include "rule/prefix.h"
#include "lockouts.h"

#define TCP  6
#define UDP  17
#define ICMP 1

#define MOST_SERVERS 16 /* of a kind: more are not looked for */

/* A call that this host needs, and whether a rule allows it. */
struct need {
	union ip ip;
	uint16_t port, proto;
	bool allowed;
};

struct needs {
	const struct resolvers *resolvers;
	struct need name_servers[MOST_SERVERS], dhcp_servers[MOST_SERVERS];
	size_t n_name_servers, n_dhcp_servers;
	struct need loopback, dhcp, dhcpv6, discovery;
	bool icmp; /* to some other host */
};

__attribute__((format(printf, 2, 3))) static void say(struct lockouts *lockouts, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (lockouts->n == LOCKOUTS)
		lockouts->more++;
	else if (vasprintf(&text, format, args) >= 0)
		lockouts->text[lockouts->n++] = text;
	va_end(args);
}

static bool is_among(const union ip *ip, const struct resolvers *list)
{
	for (__u32 i = 0; i < list->n && i < RESOLVERS; i++) {
		if (!memcmp(ip, &list->at[i], sizeof(*ip)))
			return true;
	}
	return false;
}

static void look_at(const struct needs *needs, struct need *need, const struct rule_spec *spec)
{
	const struct prefix at = {.ip = need->ip, .len = 128};
	bool covers = prefix_is_resolvers(&spec->prefix) ? is_among(&need->ip, needs->resolvers)
							 : prefix_contains(&spec->prefix, &at);
	bool any_port = spec->port_lo == 0 && spec->port_hi == UINT16_MAX;

	if ((spec->proto == PROTO_ANY || spec->proto == need->proto) && covers &&
	    (any_port || (need->proto == UDP && spec->port_lo <= need->port && need->port <= spec->port_hi)))
		need->allowed = true;
}

/* True for a prefix that has addresses outside of this host and its links. */
static bool is_elsewhere(const struct prefix *prefix)
{
	const union ip *ip = &prefix->ip;

	if (prefix->len <= 96)
		return prefix->len < 8 || (ip->b[0] != 0xff && !ip_is_link_local(ip));
	return ip_is_v4(ip) ? ip->b[12] != 127 && ip->b[12] < 224 && !(ip->b[12] == 169 && ip->b[13] == 254)
			    : ip->b[0] != 0xff && !ip_is_link_local(ip) && (ip->d[0] || ip->d[1] != be64(1));
}

/*
 * True for a rule that lets some user or service reach everything: the programs that need something are others, most
 * likely. Where such a rule names a destination, a port or a protocol, somebody has thought of them.
 */
static bool is_for_others(const struct rule_spec *spec)
{
	return spec->subject != SUBJECT_EVERYONE && spec->prefix.len == (ip_is_v4(&spec->prefix.ip) ? 96 : 0) &&
	       rule_any_port(spec) && spec->proto == PROTO_ANY;
}

static int look(const struct rule_info *rule, void *arg)
{
	const struct rule_spec *spec = &rule->spec;
	struct needs *needs = arg;

	if (spec->verdict == VERDICT_BLOCK || is_for_others(spec))
		return 0;
	for (size_t i = 0; i < needs->n_name_servers; i++)
		look_at(needs, &needs->name_servers[i], spec);
	for (size_t i = 0; i < needs->n_dhcp_servers; i++)
		look_at(needs, &needs->dhcp_servers[i], spec);
	look_at(needs, &needs->loopback, spec);
	look_at(needs, &needs->dhcp, spec);
	look_at(needs, &needs->dhcpv6, spec);
	look_at(needs, &needs->discovery, spec);
	needs->icmp |= (spec->proto == PROTO_ANY || spec->proto == ICMP) && !spec->port_lo &&
		       spec->port_hi == UINT16_MAX && is_elsewhere(&spec->prefix);
	return 0;
}

static size_t servers(size_t (*find)(struct own_address **), struct need needs[MOST_SERVERS], uint16_t port)
{
	struct own_address *list = NULL;
	size_t n = find(&list);

	if (n > MOST_SERVERS)
		n = MOST_SERVERS;
	for (size_t i = 0; i < n; i++)
		needs[i] = (struct need){.ip = list[i].ip, .port = port, .proto = UDP};
	free(list);
	return n;
}

/* The servers as a list for a command line: "192.0.2.53,2001:db8::53". */
static char *list_of(const struct need *needs, size_t n)
{
	char *list = calloc(n + 1, PREFIX_TEXT_SIZE), *end = list;

	for (size_t i = 0; list && i < n; i++) {
		const struct prefix prefix = {.ip = needs[i].ip, .len = 128};

		if (i)
			*end++ = ',';
		end = prefix_format(&prefix, true, end);
	}
	return list;
}

static bool any_allowed(const struct need *needs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (needs[i].allowed)
			return true;
	}
	return false;
}

static void say_servers(struct lockouts *lockouts, const struct needs *needs)
{
	char *names = list_of(needs->name_servers, needs->n_name_servers);
	char *dhcp = list_of(needs->dhcp_servers, needs->n_dhcp_servers);

	if (needs->n_name_servers && !any_allowed(needs->name_servers, needs->n_name_servers))
		say(lockouts, "no rule allows a name server: 'lsmctl allow resolvers port 53'");
	if (needs->n_dhcp_servers && !any_allowed(needs->dhcp_servers, needs->n_dhcp_servers))
		say(lockouts,
		    "no rule allows the DHCP server, which renews the addresses: 'lsmctl allow %s port 67 proto udp'",
		    dhcp ? dhcp : "");
	free(names);
	free(dhcp);
}

static void say_autoconf(struct lockouts *lockouts, const struct needs *needs)
{
	struct socket_user *users;
	size_t n = socket_users(&users);

	for (size_t i = 0; i < n; i++) {
		unsigned int missing = (needs->dhcp.allowed ? 0 : USES_DHCP) |
				       (needs->dhcpv6.allowed ? 0 : USES_DHCPV6) |
				       (needs->discovery.allowed ? 0 : USES_ICMPV6);
		char *name = text_escape(users[i].name);

		if (users[i].uses & missing) {
			say(lockouts,
			    "no rule lets %s (pid %d) get or keep this host's addresses: 'lsmctl allow autoconf'",
			    name ? name : "", users[i].pid);
			i = n;
		}
		free(name);
	}
	free(users);
}

void lockouts_by_default(struct lockouts *lockouts, struct ruleset *rules)
{
	struct needs needs = {
		.resolvers = config_resolvers(ruleset_config(rules), ruleset_settings(rules)),
		.loopback = {.ip = {.b = {[10] = 255, 255, 127, 0, 0, 1}}, .proto = TCP},
		.dhcp = {.ip = {.b = {[10] = 255, 255, 255, 255, 255, 255}}, .port = 67, .proto = UDP},
		.dhcpv6 = {.ip = {.b = {[0] = 0xff, 2, [13] = 1, [15] = 2}}, .port = 547, .proto = UDP},
		.discovery = {.ip = {.b = {[0] = 0xff, 2, [15] = 2}}, .proto = ICMP},
	};

	needs.n_name_servers = servers(own_name_servers, needs.name_servers, 53);
	needs.n_dhcp_servers = servers(own_dhcp_servers, needs.dhcp_servers, 67);
	ruleset_each(rules, look, &needs);
	if (!lockouts->loopback && !needs.loopback.allowed)
		say(lockouts, "no rule allows loopback: 'lsmctl allow loopback'");
	say_servers(lockouts, &needs);
	say_autoconf(lockouts, &needs);
	if (!needs.icmp)
		say(lockouts,
		    "no rule allows icmp, so ping fails: 'lsmctl allow any proto icmp' and, since ping first connects a UDP socket, 'lsmctl allow any port 1025 proto udp'");
}

void lockouts_by_strict(struct lockouts *lockouts)
{
	struct socket_user *users;
	size_t n = socket_users(&users);

	for (size_t i = 0; i < n; i++) {
		char *name = text_escape(users[i].name);

		if (users[i].uses & USES_PACKET)
			say(lockouts,
			    "strict refuses packet sockets, and %s (pid %d) uses one: if it is a DHCP client, this host may lose its address",
			    name ? name : "", users[i].pid);
		else if (users[i].uses & USES_DHCP)
			say(lockouts,
			    "strict refuses packet sockets, and %s (pid %d), a DHCP client, may need one: this host may lose its address",
			    name ? name : "", users[i].pid);
		else if (users[i].uses & USES_ICMPV6)
			say(lockouts,
			    "strict refuses raw sockets, and %s (pid %d) uses one for ICMPv6: this host may lose its IPv6 router",
			    name ? name : "", users[i].pid);
		free(name);
	}
	free(users);
}

void lockouts_by_change(struct lockouts *lockouts, struct ruleset *rules, const struct settings *before,
			const struct settings *now)
{
	if (now->default_verdict == VERDICT_BLOCK && before->default_verdict != VERDICT_BLOCK)
		lockouts_by_default(lockouts, rules);
	if (now->strict && !before->strict)
		lockouts_by_strict(lockouts);
}

void lockouts_tell(struct lockouts *lockouts, bool quiet)
{
	for (size_t i = 0; i < lockouts->n; i++) {
		if (!quiet)
			fprintf(stderr, "lsmctl: warning: %s\n", lockouts->text[i]);
		free(lockouts->text[i]);
	}
	if (lockouts->more && !quiet)
		fprintf(stderr, "lsmctl: warning: %zu more of this kind\n", lockouts->more);
	*lockouts = (struct lockouts){};
}
