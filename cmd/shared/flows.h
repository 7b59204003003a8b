/* SPDX-License-Identifier: GPL-2.0-only */
/* Shows connections, and asks the policy about them. */
#ifndef LSMCTL_SHARED_FLOWS_H
#define LSMCTL_SHARED_FLOWS_H

#include "flow/survey.h"
#include "host/process.h"
#include "output.h"
#include "session.h"

/* Opens a session for each time that the survey asks. */
struct flow_asker {
	const struct invocation *inv;
	struct session session;
	struct survey_policy policy;
};

/* The asker must stay where it is while its policy is used. */
void flow_asker_init(struct flow_asker *asker, const struct invocation *inv);

/* Names that were looked up: a hundred thousand sockets have few users. Zero it first. */
struct flow_names {
	struct {
		uint32_t uid;
		bool known;
		char name[33]; /* "": none */
	} users[64];
	struct {
		pid_t pid;
		char name[PROCESS_NAME_SIZE];
	} processes[1024];
};

/* Returns one connection as JSON. */
json_t *output_flow(const struct survey *survey, const struct flow *flow, struct flow_names *names);

/* Adds the cells from "PROTO" to "NETNS". */
#define FLOW_HEADER "PROTO", "WAY", "LOCAL", "REMOTE", "POLICY", "PROCESS", "USER", "NETNS"
void table_flow(struct table *table, const struct survey *survey, const struct flow *flow, struct flow_names *names);

/* Says on standard error, or in the object's array "warnings", what could not be done. */
void warn_of_survey(const struct survey *survey, json_t *object);

#endif
