// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/num.h"
#include "base/text.h"
#include "base/time.h"
#include "exe.h"
#include "json.h"
#include "name.h"
#include "prefix.h"
#include "proto.h"
#include "unit.h"
#include "verdict.h"

static char *put(char *to, const char *text)
{
	return stpcpy(to, text);
}

/* Writes a quoted string. First escapes unprintable bytes as \xNN, then escapes that backslash for JSON. */
static char *put_string(char *to, const char *text)
{
	char *quoted = text_quote_escaped(text);

	to = put(to, quoted ? quoted : "\"\"");
	free(quoted);
	return to;
}

static char *put_string_or_null(char *to, const char *text)
{
	return text[0] ? put_string(to, text) : put(to, "null");
}

static char *put_ports(char *to, const struct rule_spec *spec)
{
	if (rule_any_port(spec))
		return put(to, "null");
	if (spec->port_lo == spec->port_hi)
		return num_put(to, spec->port_lo);
	*to++ = '"';
	to = num_put(to, spec->port_lo);
	*to++ = '-';
	to = num_put(to, spec->port_hi);
	*to++ = '"';
	return to;
}

/* Writes the name of the protocol, or its number when it has no name. */
static char *put_proto(char *to, uint16_t proto)
{
	char name[16];

	if (proto == PROTO_ANY)
		return put(to, "null");
	proto_format(proto, name);
	return name[0] >= '0' && name[0] <= '9' ? put(to, name) : put_string(to, name);
}

static char *put_subject(char *to, const struct rule_info *rule)
{
	char name[ID_NAME_SIZE];

	switch (rule->spec.subject) {
	case SUBJECT_EVERYONE:
		break;
	case SUBJECT_UID:
	case SUBJECT_GID:
		id_name(rule->spec.subject, rule->spec.id, name);
		to = put(put(put(to, "{\""), ids_word(rule->spec.subject)), "\":");
		to = num_put(to, rule->spec.id);
		to = put(to, rule->spec.subject == SUBJECT_UID ? ",\"user\":" : ",\"group\":");
		return put(put_string_or_null(to, name), "}");
	case SUBJECT_UIDS:
	case SUBJECT_GIDS:
		to = put(put(put(to, "{\""), ids_word(rule->spec.subject)), "\":\"");
		to = num_put(put(num_put(to, rule->spec.id), "-"), rule->spec.id_to);
		return put(to, "\"}");
	case SUBJECT_CGROUP:
		if (cgroup_is_unit(rule->spec.cgroup))
			to = put_string(put(to, "{\"unit\":"), unit_name(rule->spec.cgroup));
		else
			to = put_string(put(to, "{\"cgroup\":"), rule->spec.cgroup);
		if (rule->cgroups_now < 0)
			return put(to, ",\"now\":null}");
		to = num_put(put(to, ",\"now\":"), (uint64_t)rule->cgroups_now);
		return put(to, "}");
	case SUBJECT_EXE:
		to = put_string(put(to, "{\"exe\":"), rule->spec.exe);
		return put(to, exe_is_missing(rule->spec.exe) ? ",\"missing\":true}" : ",\"missing\":false}");
	}
	return put(to, "null");
}

/* A name has no prefix and no family; only a rule for one can have addresses that come and go. */
static char *put_prefix(char *to, const struct rule_info *rule)
{
	const struct rule_spec *spec = &rule->spec;

	to = prefix_format(&spec->prefix, true, to);
	if (prefix_is_name(&spec->prefix)) {
		to = put(to, "\",\"prefix\":null,\"family\":null,\"addresses\":");
		to = rule->addresses_now < 0 ? put(to, "null") : num_put(to, (uint64_t)rule->addresses_now);
		return put(to, spec->local ? ",\"private\":true" : ",\"private\":false");
	}
	to = prefix_format(&spec->prefix, false, put(to, "\",\"prefix\":\""));
	return put(to, prefix_family_v4(&spec->prefix) ? "\",\"family\":\"inet\"" : "\",\"family\":\"inet6\"");
}

size_t rule_json(const struct rule_info *rule, int64_t boot_offset, char text[RULE_JSON_SIZE])
{
	const struct rule_spec *spec = &rule->spec;
	char *to = put(text, "{\"id\":");
	char time[TIME_TEXT_SIZE];

	to = rule->id ? num_put(to, rule->id) : put(to, "null"); /* a dry run assigns no id */
	to = put(put(put(to, ",\"verdict\":\""), verdict_name(spec->verdict)), "\",\"destination\":\"");
	to = put_prefix(to, rule);
	to = put_ports(put(to, ",\"port\":"), spec);
	to = put_proto(put(to, ",\"proto\":"), spec->proto);
	to = put_subject(put(to, ",\"subject\":"), rule);
	to = put(put(put(to, ",\"errno\":\""), rule_errno_name(spec->error)), "\",\"timeout_left\":");
	/* Seconds, rounded up: 0 would mean expired. */
	to = spec->timeout ? num_put(to, (spec->timeout + 999999999) / 1000000000) : put(to, "null");
	to = put_string_or_null(put(to, ",\"set\":"), spec->set);
	to = put_string_or_null(put(to, ",\"comment\":"), spec->comment);
	to = num_put(put(to, ",\"hits\":"), rule->hits);
	to = put(to, ",\"last_hit\":");
	if (rule->last_hit) {
		time_format((uint64_t)((int64_t)rule->last_hit + boot_offset), time);
		to = put(put(put(to, "\""), time), "\"");
	} else {
		to = put(to, "null");
	}
	to = put(to, "}");
	return (size_t)(to - text);
}

json_t *rule_json_value(const struct rule_info *rule)
{
	char text[RULE_JSON_SIZE];
	size_t size = rule_json(rule, clock_offset(), text);

	return json_loadb(text, size, 0, NULL);
}
