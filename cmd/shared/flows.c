// SPDX-License-Identifier: GPL-2.0-only
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "rule/prefix.h"
#include "rule/verdict.h"
#include "flows.h"

#define ENDPOINT_SIZE (PREFIX_TEXT_SIZE + 16)

static int open_policy(void *arg, const struct pins **pins, struct ruleset **rules, struct error *err)
{
	struct flow_asker *asker = arg;

	if (session_open(&asker->session, asker->inv, RULESET_READ, err))
		return -1;
	*pins = &asker->session.pins;
	*rules = asker->session.rules;
	return 0;
}

static void close_policy(void *arg)
{
	struct flow_asker *asker = arg;

	session_close(&asker->session);
}

void flow_asker_init(struct flow_asker *asker, const struct invocation *inv)
{
	*asker = (struct flow_asker){.inv = inv, .policy = {.open = open_policy, .close = close_policy, .arg = asker}};
}

static const char *user_name(struct flow_names *names, uint32_t uid)
{
	size_t at = uid % (sizeof(names->users) / sizeof(names->users[0]));
	const struct passwd *user;

	if (!names->users[at].known || names->users[at].uid != uid) {
		user = getpwuid(uid);
		names->users[at].known = true;
		names->users[at].uid = uid;
		snprintf(names->users[at].name, sizeof(names->users[at].name), "%s", user ? user->pw_name : "");
	}
	return names->users[at].name;
}

static const char *name_of_process(struct flow_names *names, pid_t pid)
{
	size_t at = (size_t)pid % (sizeof(names->processes) / sizeof(names->processes[0]));

	if (names->processes[at].pid != pid) {
		names->processes[at].pid = pid;
		process_name(pid, names->processes[at].name);
	}
	return names->processes[at].name;
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? output_string(text) : json_null();
}

static json_t *address_of(const union ip *ip)
{
	const struct prefix prefix = {.ip = *ip, .len = 128};
	char text[PREFIX_TEXT_SIZE];

	prefix_format(&prefix, true, text);
	return json_string(text);
}

/* A raw socket has no ports. */
static json_t *port_of(const struct flow *flow, uint16_t port)
{
	return flow->kind == FLOW_RAW ? json_null() : json_integer(port);
}

json_t *output_flow(const struct survey *survey, const struct flow *flow, struct flow_names *names)
{
	const struct flow_answer *answer = survey_answer(survey, flow);
	const struct net *net = survey_net(survey, flow);
	json_t *value = json_object();

	json_object_set_new(value, "proto", json_string(flow_kind_name(flow->kind)));
	json_object_set_new(value, "state", json_string(flow_state_name(flow->state)));
	json_object_set_new(value, "way", json_string(flow->origin == FLOW_OPENED ? "out" : "in"));
	json_object_set_new(value, "local", address_of(&flow->local));
	json_object_set_new(value, "local_port", port_of(flow, flow->local_port));
	json_object_set_new(value, "destination", address_of(&flow->remote));
	json_object_set_new(value, "port", port_of(flow, flow->remote_port));
	json_object_set_new(value, "verdict", json_string(verdict_name(answer->verdict)));
	json_object_set_new(value, "rule_id", answer->rule ? json_integer(answer->rule) : json_null());
	json_object_set_new(value, "errno", text_or_null(answer->error ? rule_errno_name(answer->error) : NULL));
	json_object_set_new(value, "pid", flow->pid ? json_integer(flow->pid) : json_null());
	json_object_set_new(value, "comm", flow->pid ? output_string(name_of_process(names, flow->pid)) : json_null());
	json_object_set_new(value, "sharers", json_integer(flow->sharers));
	json_object_set_new(value, "uid", flow->uid != FLOW_NO_UID ? json_integer(flow->uid) : json_null());
	json_object_set_new(value, "user", text_or_null(flow->uid != FLOW_NO_UID ? user_name(names, flow->uid) : ""));
	json_object_set_new(value, "cgroup", text_or_null(survey_cgroup(survey, flow)));
	json_object_set_new(value, "netns", json_integer((json_int_t)net->inode));
	json_object_set_new(value, "netns_name", text_or_null(net->name));
	return output_checked(value);
}

static void endpoint(const struct flow *flow, const union ip *ip, uint16_t port, char text[ENDPOINT_SIZE])
{
	const struct prefix prefix = {.ip = *ip, .len = 128};
	char address[PREFIX_TEXT_SIZE];

	prefix_format(&prefix, true, address);
	if (flow->kind == FLOW_RAW)
		snprintf(text, ENDPOINT_SIZE, "%s", address);
	else
		snprintf(text, ENDPOINT_SIZE, strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, port);
}

static void put_process(struct table *table, const struct flow *flow, struct flow_names *names)
{
	if (!flow->pid)
		table_cell(table, "-");
	else if (flow->sharers)
		table_cell(table, "%d %s +%u", flow->pid, name_of_process(names, flow->pid), flow->sharers);
	else
		table_cell(table, "%d %s", flow->pid, name_of_process(names, flow->pid));
}

static void put_user(struct table *table, const struct flow *flow, struct flow_names *names)
{
	const char *name = flow->uid != FLOW_NO_UID ? user_name(names, flow->uid) : "-";

	if (*name)
		table_cell(table, "%s", name);
	else
		table_cell(table, "%u", flow->uid);
}

void table_flow(struct table *table, const struct survey *survey, const struct flow *flow, struct flow_names *names)
{
	const struct flow_answer *answer = survey_answer(survey, flow);
	const struct net *net = survey_net(survey, flow);
	char text[ENDPOINT_SIZE];

	table_cell(table, "%s", flow_kind_name(flow->kind));
	table_cell(table, "%s", flow->origin == FLOW_OPENED ? "out" : "in");
	endpoint(flow, &flow->local, flow->local_port, text);
	table_cell(table, "%s", text);
	endpoint(flow, &flow->remote, flow->remote_port, text);
	table_cell(table, "%s", text);
	if (answer->rule)
		table_cell(table, "%s, rule %u", verdict_name(answer->verdict), answer->rule);
	else
		table_cell(table, "%s", verdict_name(answer->verdict));
	put_process(table, flow, names);
	put_user(table, flow, names);
	if (net->name)
		table_cell(table, "%s", net->name);
	else if (flow->net)
		table_cell(table, "%ju", (uintmax_t)net->inode);
	else
		table_cell(table, "-");
}

static void warn(json_t *object, const char *text)
{
	char *plain;

	if (object) {
		json_array_append_new(json_object_get(object, "warnings"), output_string(text));
		return;
	}
	plain = text_escape(text);
	fprintf(stderr, "lsmctl: warning: %s\n", plain ? plain : "");
	free(plain);
}

void warn_of_survey(const struct survey *survey, json_t *object)
{
	char text[sizeof(survey->untold.text) + 256];

	if (survey->nets.unseen) {
		snprintf(
			text, sizeof(text),
			"some network namespaces could not be entered (%s), and what is connected there is not seen: run this command as root of the host, outside of containers",
			survey->nets.why);
		warn(object, text);
	}
	if (survey->untold.code != ERR_NONE) {
		snprintf(text, sizeof(text), "'lsmctl watch' does not show what was cut: %s", survey->untold.text);
		warn(object, text);
	}
}
