// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <glob.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <net/route.h>
#include "base/array.h"
#include "own_net.h"

struct found {
	struct own_address *at;
	size_t n;
};

/* Shorter prefixes come first, so drop what they cover. */
static bool is_there(const struct found *found, const union ip *ip, __u8 len)
{
	for (size_t i = 0; i < found->n; i++) {
		const struct own_address *at = &found->at[i];
		unsigned int bytes = at->len / 8;

		if (at->len <= len && !memcmp(&at->ip, ip, bytes) &&
		    !(at->len % 8 && (at->ip.b[bytes] ^ ip->b[bytes]) >> (8 - at->len % 8)))
			return true;
	}
	return false;
}

static void add(struct found *found, const union ip *ip, __u8 len, const char *what)
{
	static const union ip none, none4 = {.b = {[10] = 0xff, 0xff}};
	struct own_address *at;

	if (!memcmp(ip, &none, sizeof(none)) || !memcmp(ip, &none4, sizeof(none4)) || is_there(found, ip, len))
		return;
	at = array_with_room_for_one(found->at, found->n, sizeof(*at));
	if (!at)
		return;
	found->at = at;
	at[found->n++] = (struct own_address){.ip = *ip, .len = len, .what = what};
}

static void add4(struct found *found, const void *address, const char *what)
{
	union ip ip = {.b = {[10] = 0xff, 0xff}};

	memcpy(&ip.b[12], address, 4);
	add(found, &ip, 128, what);
}

static void add6(struct found *found, const void *address, const char *what)
{
	union ip ip;

	memcpy(&ip, address, sizeof(ip));
	add(found, &ip, 128, what);
}

static void add_interfaces(struct found *found)
{
	struct ifaddrs *list;

	if (getifaddrs(&list))
		return;
	for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
		const struct sockaddr *address = at->ifa_addr;
		static const char what[] = "an address of this host";

		if (address && address->sa_family == AF_INET)
			add4(found, &((const struct sockaddr_in *)address)->sin_addr, what);
		else if (address && address->sa_family == AF_INET6)
			add6(found, &((const struct sockaddr_in6 *)address)->sin6_addr, what);
	}
	freeifaddrs(list);
}

static const char gateway[] = "the default gateway";

/* Reads lines like "eth0 00000000 0100A8C0 0003 ...": hexadecimal numbers, addresses in network byte order. */
static void add_gateways4(struct found *found)
{
	FILE *file = fopen("/proc/net/route", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		unsigned int to, by, flags;

		if (sscanf(line, "%*s %8x %8x %4x", &to, &by, &flags) == 3 && !to && flags & RTF_GATEWAY)
			add4(found, &by, gateway);
	}
	if (file)
		fclose(file);
}

/* Reads lines like "00..00 00 00..00 00 fe80..01 metric references uses flags eth0". */
static void add_gateways6(struct found *found)
{
	FILE *file = fopen("/proc/net/ipv6_route", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		unsigned int len, flags;
		char by[33];
		union ip ip;
		size_t i;

		if (sscanf(line, "%*32s %2x %*32s %*2x %32s %*8x %*8x %*8x %8x", &len, by, &flags) != 3 || len ||
		    !(flags & RTF_GATEWAY))
			continue;
		for (i = 0; i < 16 && sscanf(by + 2 * i, "%2hhx", &ip.b[i]) == 1; i++)
			;
		if (i == 16)
			add6(found, &ip, gateway);
	}
	if (file)
		fclose(file);
}

/* Adds the addresses behind a word at the beginning of lines. format: for sscanf(), of 63 bytes. */
static void add_lines(struct found *found, const char *path, const char *format, const char *what)
{
	FILE *file = fopen(path, "re");
	char line[512], server[64];

	while (file && fgets(line, sizeof(line), file)) {
		struct in6_addr address;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		if (sscanf(line, format, server) != 1)
			continue;
#pragma GCC diagnostic pop
		if (inet_pton(AF_INET, server, &address) == 1)
			add4(found, &address, what);
		else if (inet_pton(AF_INET6, server, &address) == 1)
			add6(found, &address, what);
	}
	if (file)
		fclose(file);
}

static void add_name_servers(struct found *found)
{
	add_lines(found, "/etc/resolv.conf", " nameserver %63[^ \t\r\n%]", "a name server of /etc/resolv.conf");
}

static const union ip loopback4 = {.b = {[10] = 0xff, 0xff, 127}}, loopback6 = {.b = {[15] = 1}};

/* What is added later within loopback is left out. */
static void add_loopback(struct found *found)
{
	add(found, &loopback4, 104, "loopback");
	add(found, &loopback6, 128, "loopback");
}

static size_t without_loopback(struct found *found, struct own_address **list)
{
	size_t n = found->n > 2 ? found->n - 2 : 0;

	if (n)
		memmove(found->at, found->at + 2, n * sizeof(*found->at));
	*list = found->at;
	return n;
}

static void add_resolved(struct found *found)
{
	add_lines(found, "/run/systemd/resolve/resolv.conf", " nameserver %63[^ \t\r\n%]",
		  "a name server of systemd-resolved");
}

size_t own_name_servers(struct own_address **list)
{
	struct found found = {};

	add_loopback(&found);
	add_name_servers(&found);
	add_resolved(&found);
	return without_loopback(&found, list);
}

size_t own_resolvers(struct own_address **list)
{
	/* systemd-resolved.service(8): DNSStubListener=, and its way without what it does for single labels */
	static const unsigned char stubs[2][4] = {{127, 0, 0, 53}, {127, 0, 0, 54}};
	struct found found = {};

	add_name_servers(&found);
	add_resolved(&found);
	for (size_t i = 0; i < 2 && !access("/run/systemd/resolve", F_OK); i++)
		add4(&found, stubs[i], "systemd-resolved");
	*list = found.at;
	return found.n;
}

static void add_leases(struct found *found, const char *pattern, const char *format)
{
	glob_t files = {};

	if (!glob(pattern, 0, NULL, &files)) {
		for (size_t i = 0; i < files.gl_pathc; i++)
			add_lines(found, files.gl_pathv[i], format, "a DHCP server");
	}
	globfree(&files);
}

size_t own_dhcp_servers(struct own_address **list)
{
	struct found found = {};

	add_loopback(&found);
	add_leases(&found, "/run/systemd/netif/leases/*", " SERVER_ADDRESS=%63[^ \t\r\n]");
	add_leases(&found, "/var/lib/dhcp/dhclient*.leases", " option dhcp-server-identifier %63[^ ;\t\r\n]");
	return without_loopback(&found, list);
}

size_t own_addresses_of(unsigned int kinds, struct own_address **list)
{
	struct found found = {};

	if (kinds & OWN_LOOPBACK)
		add_loopback(&found);
	if (kinds & OWN_GATEWAY) {
		add_gateways4(&found);
		add_gateways6(&found);
	}
	if (kinds & OWN_RESOLVER)
		add_name_servers(&found);
	if (kinds & OWN_SELF)
		add_interfaces(&found);
	*list = found.at;
	return found.n;
}

size_t own_addresses(struct own_address **list)
{
	return own_addresses_of(OWN_ALL, list);
}
