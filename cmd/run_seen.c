// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "base/text.h"
#include "host/hooks.h"
#include "rule/proto.h"
#include "run_seen.h"

bool seen_is_refused(const struct seen *seen)
{
	return seen->call.verdict == VERDICT_BLOCK ||
	       (seen->call.verdict == VERDICT_AUDIT && seen->call.kind != RUN_CALL);
}

static void socket_target(const struct seen *seen, char text[SEEN_TARGET_SIZE])
{
	const char *path = seen->seen.path;

	if (path[0])
		snprintf(text, SEEN_TARGET_SIZE, "unix:%.*s", RUN_PATH_SIZE, path);
	else if (path[1]) /* abstract: its name begins with a NUL */
		snprintf(text, SEEN_TARGET_SIZE, "unix:@%.*s", RUN_PATH_SIZE - 1, path + 1);
	else
		snprintf(text, SEEN_TARGET_SIZE, "unix:(without a name)");
}

void seen_target(const struct seen *seen, char text[SEEN_TARGET_SIZE])
{
	const struct prefix prefix = {.ip = seen->call.ip, .len = 128};
	char address[PREFIX_TEXT_SIZE];

	switch (seen->call.kind) {
	case RUN_NO_IP:
		snprintf(text, SEEN_TARGET_SIZE, "(%s)",
			 seen->call.port < HOOKS ? hook_name(seen->call.port) : "unknown");
		return;
	case RUN_UNIX:
		socket_target(seen, text);
		return;
	case RUN_PROCESS:
		snprintf(text, SEEN_TARGET_SIZE, "process %u (%.16s)", seen->call.ip.w[0], seen->seen.path);
		return;
	case RUN_DEVICE:
		snprintf(text, SEEN_TARGET_SIZE, "device %.*s", RUN_PATH_SIZE, seen->seen.path);
		return;
	case RUN_TERMINAL:
		snprintf(text, SEEN_TARGET_SIZE, "(typing into the terminal)");
		return;
	}
	prefix_format(&prefix, true, address);
	if (seen->call.port >= NO_PORT)
		snprintf(text, SEEN_TARGET_SIZE, "%s", address);
	else
		snprintf(text, SEEN_TARGET_SIZE, ip_is_v4(&seen->call.ip) ? "%s:%u" : "[%s]:%u", address,
			 seen->call.port);
}

static bool has_destination(const struct seen *seen)
{
	return seen->call.kind == RUN_CALL || seen->call.kind == RUN_REFUSED;
}

void seen_proto(const struct seen *seen, char text[16])
{
	strcpy(text, "-");
	if (has_destination(seen))
		proto_format(seen->call.proto, text);
}

void seen_program(const struct seen *seen, char text[sizeof(seen->call.comm) + 1])
{
	snprintf(text, sizeof(seen->call.comm) + 1, "%.*s", (int)sizeof(seen->call.comm),
		 seen->call.comm[0] ? seen->call.comm : "-");
}

const char *seen_by(const struct seen *seen)
{
	if (!seen_is_refused(seen))
		return NULL;
	return seen->call.kind == RUN_CALL ? "policy" : "run";
}

void seen_option(const struct seen *seen, char text[SEEN_OPTION_SIZE])
{
	char target[SEEN_TARGET_SIZE], *word;

	text[0] = '\0';
	seen_target(seen, target);
	if (seen->call.kind == RUN_REFUSED) {
		snprintf(text, SEEN_OPTION_SIZE, "--allow %s", target);
	} else if (seen->call.kind == RUN_UNIX && seen->seen.path[0]) {
		word = text_word(seen->seen.path);
		snprintf(text, SEEN_OPTION_SIZE, "--unix %s", word ? word : "");
		free(word);
	}
}

bool seen_rule(const struct seen *seen, struct rule_spec *spec)
{
	if (!has_destination(seen) || seen->call.verdict >= VERDICTS || seen->call.proto > PROTO_RAW)
		return false;
	rule_init(spec, VERDICT_ALLOW);
	spec->prefix = (struct prefix){.ip = seen->call.ip, .len = 128};
	spec->proto = seen->call.proto;
	if (seen->call.port < NO_PORT)
		spec->port_lo = spec->port_hi = (uint16_t)seen->call.port;
	return true;
}
