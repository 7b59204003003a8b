// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "rule/prefix.h"
#include "notes.h"

#define ICMP	  1
#define UDP	  17
#define PING_PORT 1025

void note_of_call(const struct pins *pins, const struct call *call, const struct test_answer *answer,
		  const struct settings *settings, char note[NOTE_SIZE])
{
	const struct prefix prefix = {.ip = call->ip, .len = 128};
	char address[PREFIX_TEXT_SIZE];
	struct call ping = *call;
	struct test_answer connect;
	struct error ignored = {};

	*note = '\0';
	prefix_format(&prefix, true, address);
	ping.proto = UDP;
	ping.port = PING_PORT;
	if (call->proto == ICMP && answer->verdict != VERDICT_BLOCK && !probe(pins, &ping, &connect, &ignored) &&
	    connect.verdict == VERDICT_BLOCK)
		snprintf(note, NOTE_SIZE,
			 "ping also connects a UDP socket, which is blocked: 'lsmctl allow %s port %d proto udp'",
			 address, PING_PORT);
	else if (call->proto == UDP && answer->verdict == VERDICT_BLOCK && answer->slot == NO_SLOT && !answer->closed &&
		 settings->default_verdict == VERDICT_BLOCK && !settings->no_answers)
		snprintf(
			note, NOTE_SIZE,
			"an answer passes: if the same socket has just received a datagram from there ('set answers on')");
}

const char *note_of_event(const struct event *event)
{
	if (event->verdict == VERDICT_ALLOW || event->hook != HOOK_CONNECT || event->proto != UDP)
		return NULL;
	if (event->port == PING_PORT)
		return "as by ping: sends nothing";
	return event->port ? NULL : "as by getaddrinfo: sends nothing";
}
