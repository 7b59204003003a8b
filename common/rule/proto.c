// SPDX-License-Identifier: GPL-2.0-only
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include "bpf/abi.h"
#include "base/num.h"
#include "base/text.h"
#include "proto.h"

#define PROTO_UDPLITE 136
#define PROTO_ICMPV6  58
#define PROTO_MPTCP   262

/*
 * Names with the same meaning on every host, whatever its /etc/protocols says. Output uses the first name of a number.
 * The last five are aliases: the programs see another protocol.
 */
static const struct {
	const char *name;
	uint16_t proto;
} names[] = {
	{"any", PROTO_ANY}, {"tcp", 6},	  {"udp", 17}, {"icmp", 1},	{"sctp", 132}, {"raw", PROTO_RAW}, {"dccp", 33},
	{"l2tp", 115},	    {"igmp", 2},  {"gre", 47}, {"esp", 50},	{"ah", 51},    {"ospf", 89},	   {"pim", 103},
	{"vrrp", 112},	    {"mptcp", 6}, {"smc", 6},  {"udplite", 17}, {"icmpv6", 1}, {"ipv6-icmp", 1},
};

#define NAMES (sizeof(names) / sizeof(names[0]))

static int canonical(int proto)
{
	switch (proto) {
	case PROTO_UDPLITE:
		return 17;
	case PROTO_ICMPV6:
		return 1;
	case PROTO_MPTCP:
		return 6;
	}
	return proto >= 0 && proto <= 255 ? proto : -1;
}

int proto_parse(const char *word)
{
	const struct protoent *entry;
	uint64_t number;

	for (size_t i = 0; i < NAMES; i++) {
		if (!strcmp(word, names[i].name))
			return names[i].proto;
	}
	if (!num_parse(word, PROTO_MPTCP, &number))
		return canonical((int)number);
	entry = getprotobyname(word);
	return entry ? canonical(entry->p_proto) : -1;
}

void proto_format(uint16_t proto, char text[16])
{
	for (size_t i = 0; i < NAMES; i++) {
		if (names[i].proto == proto) {
			strcpy(text, names[i].name);
			return;
		}
	}
	sprintf(text, "%u", proto);
}

const char *proto_word(size_t i)
{
	return i < NAMES ? names[i].name : NULL;
}

static const char *candidate(size_t i, const void *arg)
{
	(void)arg;
	return proto_word(i);
}

static int unknown(const char *word, struct error *err)
{
	const char *nearest = text_nearest(word, NAMES, candidate, NULL);

	if (nearest)
		return error_set(err, ERR_INPUT, "bad protocol, near '%.64s': did you mean '%s'?", word, nearest);
	return error_set(
		err, ERR_INPUT,
		"bad protocol, near '%.64s': one of tcp, udp, icmp, sctp, raw, a name of /etc/protocols, or a number up to 255",
		word);
}

int protos_parse(const char *words, uint16_t protos[], size_t max, struct error *err)
{
	size_t n = 0;

	do {
		size_t len = strcspn(words, ","), i = 0;
		char word[65];
		int proto;

		snprintf(word, sizeof(word), "%.*s", (int)(len < 64 ? len : 64), words);
		proto = proto_parse(word);
		if (proto < 0)
			return unknown(word, err);
		while (i < n && protos[i] != proto)
			i++;
		if (i == max)
			return error_set(err, ERR_INPUT, "too many protocols, near '%.64s': %zu at most", word, max);
		if (i == n)
			protos[n++] = (uint16_t)proto;
		words += len;
	} while (*words++);
	return (int)n;
}
