// SPDX-License-Identifier: GPL-2.0-only
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include "../bpf/abi.h"
#include "num.h"
#include "rule.h"

#define PROTO_UDPLITE 136
#define PROTO_ICMPV6  58
#define PROTO_MPTCP   262

/*
 * Names that mean the same on every host, whatever its /etc/protocols. A number's first name is the one that is shown.
 * The last five are no protocols of their own to the programs.
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
