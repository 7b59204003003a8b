// SPDX-License-Identifier: GPL-2.0-only
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "base/text.h"
#include "host/hooks.h"
#include "rule/proto.h"
#include "rule/verdict.h"
#include "watch_event.h"

void event_destination(const struct event *event, char text[PREFIX_TEXT_SIZE])
{
	const struct prefix prefix = {.ip = event->ip, .len = 128};

	prefix_format(&prefix, true, text);
}

const char *event_verdict(const struct event *event)
{
	return event->cut ? "cut" : verdict_name(event->verdict);
}

void event_target(const struct event *event, char text[EVENT_TARGET_SIZE])
{
	char destination[PREFIX_TEXT_SIZE];

	event_destination(event, destination);
	if (event->no_ip)
		sprintf(text, "(%s)", hook_name(event->hook));
	else if (event->port >= NO_PORT)
		sprintf(text, "%s", destination);
	else
		sprintf(text, ip_is_v4(&event->ip) ? "%s:%u" : "[%s]:%u", destination, event->port);
}

void event_proto(const struct event *event, char text[16])
{
	strcpy(text, "-");
	if (!event->no_ip)
		proto_format(event->proto, text);
}

void event_comm(const struct event *event, char text[sizeof(event->comm) + 1])
{
	memcpy(text, event->comm, sizeof(event->comm));
	text[sizeof(event->comm)] = '\0';
}

void event_print_program(const struct event *event, const char *program, const char *gap)
{
	char *plain = text_escape(program);

	printf(event->fits ? "%s%s" : "%s(%s)", gap, plain ? plain : "");
	free(plain);
}

char *event_user(uint32_t uid)
{
	const struct passwd *user = getpwuid(uid);
	char number[16];

	snprintf(number, sizeof(number), "%u", uid);
	return text_escape(user ? user->pw_name : number);
}
