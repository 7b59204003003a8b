// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flow/cut.h"
#include "cutting.h"
#include "flows.h"
#include "primed.h"

int cutting_check(const struct cutting *cutting, const struct invocation *inv, struct error *err)
{
	if (cutting->wanted && inv->dry_run)
		return error_set(
			err, ERR_USAGE,
			"--cut and --dry-run together: the kernel cannot be asked by rules that are not in force ('lsmctl connections' shows what is open)");
	return 0;
}

/* Says why a connection was not closed; NULL: it was. */
static const char *reason(const struct survey *survey, const struct flow *flow, char text[160])
{
	const uint16_t *ports = survey_net(survey, flow)->ports;

	switch ((enum flow_fate)flow->fate) {
	case FLOW_LEFT:
		if (flow->origin == FLOW_ACCEPTED)
			snprintf(text, 160, "it came in: a program waits at local port %u", flow->local_port);
		else
			snprintf(text, 160, "it counts as came in: local port %u is not in %u to %u", flow->local_port,
				 ports[0], ports[1]);
		return text;
	case FLOW_KERNEL:
		return "no process has it: the kernel's own (NFS, CIFS), which no rule judges";
	case FLOW_SESSION:
		return "your own SSH connection";
	case FLOW_STAYS:
		if (flow->kind == FLOW_MPTCP)
			return "the kernel closes no MPTCP socket, only its subflows";
		snprintf(text, 160, "the kernel does not close it: %s",
			 flow->error ? strerror(flow->error) : "it is still there");
		return text;
	default:
		return NULL;
	}
}

static const char *result_of(const struct flow *flow)
{
	static const char *const names[] = {
		[FLOW_OPEN] = "would cut", [FLOW_CUT] = "cut",	 [FLOW_LEFT] = "left",	[FLOW_KERNEL] = "left",
		[FLOW_SESSION] = "left",   [FLOW_GONE] = "gone", [FLOW_STAYS] = "OPEN",
	};

	return names[flow->fate];
}

static void add_connections(json_t *value, const struct survey *survey)
{
	json_t *closed = json_array(), *left = json_array(), *uncut = json_array();
	struct flow_names *names = output_checked(calloc(1, sizeof(*names)));

	for (size_t i = 0; i < survey->n; i++) {
		const struct flow *flow = &survey->flows[i];
		json_t *connection = output_flow(survey, flow, names);
		char text[160];
		const char *why = reason(survey, flow, text);

		if (why)
			json_object_set_new(connection, "why", json_string(why));
		json_array_append_new(flow->fate == FLOW_STAYS ? uncut : why ? left : closed, connection);
	}
	free(names);
	json_object_set_new(value, "closed", closed);
	json_object_set_new(value, "left", left);
	json_object_set_new(value, "uncut", uncut);
}

static void add_json(const struct cutting *cutting, const struct error *why, json_t *root)
{
	json_t *value = json_object();

	add_connections(value, &cutting->survey);
	json_object_set_new(value, "warnings", json_array());
	warn_of_survey(&cutting->survey, value);
	json_object_set_new(value, "error",
			    why->code == ERR_NONE ? json_null()
						  : json_pack("{s:s,s:o}", "code", error_name(why->code), "message",
							      output_string(why->text)));
	json_object_set_new(root, "cut", value);
}

struct counts {
	size_t cut, left, uncut;
};

static struct counts count(const struct survey *survey)
{
	struct counts counts = {};

	for (size_t i = 0; i < survey->n; i++) {
		switch ((enum flow_fate)survey->flows[i].fate) {
		case FLOW_LEFT:
		case FLOW_KERNEL:
		case FLOW_SESSION:
			counts.left++;
			break;
		case FLOW_STAYS:
			counts.uncut++;
			break;
		default:
			counts.cut++;
		}
	}
	return counts;
}

static void print_text(const struct survey *survey, const struct invocation *inv)
{
	static const char *const header[] = {"RESULT", FLOW_HEADER, "WHY"};
	struct flow_names *names = output_checked(calloc(1, sizeof(*names)));
	struct table table = table_open(&inv->out, 10, header);
	struct counts counts = count(survey);

	for (size_t i = 0; i < survey->n; i++) {
		const struct flow *flow = &survey->flows[i];
		char text[160];
		const char *why = reason(survey, flow, text);

		table_cell(&table, "%s", result_of(flow));
		table_flow(&table, survey, flow, names);
		table_cell(&table, "%s", why ? why : "");
	}
	if (survey->n)
		table_close(&table);
	free(names);
	if (inv->out.terse)
		return;
	printf("%zu connection%s %s", counts.cut, counts.cut == 1 ? "" : "s", inv->dry_run ? "would be cut" : "cut");
	if (counts.left)
		printf(", %zu left open", counts.left);
	if (counts.uncut)
		printf(", %zu cannot be cut", counts.uncut);
	putchar('\n');
}

void cutting_do(struct cutting *cutting, const struct invocation *inv)
{
	struct flow_asker asker;

	if (!cutting->wanted)
		return;
	prime_new_names(inv); /* without addresses, a rule for a name refuses nothing */
	flow_asker_init(&asker, inv);
	if (flows_cut(&cutting->survey, &cutting->filter, &asker.policy, inv->dry_run, &cutting->why))
		cutting->status = error_exit_status(cutting->why.code);
	else if (count(&cutting->survey).uncut || cutting->survey.nets.unseen)
		cutting->status = 2;
}

int cutting_tell(struct cutting *cutting, const struct invocation *inv, json_t *root, struct error *err)
{
	struct error why = {};

	if (!cutting->wanted)
		return 0;
	if (cutting->why.code != ERR_NONE)
		error_set(&why, cutting->why.code,
			  "done, but the open connections were not closed: %s (try 'lsmctl cut')", cutting->why.text);
	if (root) {
		add_json(cutting, &why, root);
		return 0;
	}
	if (why.code != ERR_NONE)
		return error_set(err, why.code, "%s", why.text);
	if (!inv->out.quiet)
		print_text(&cutting->survey, inv);
	warn_of_survey(&cutting->survey, NULL);
	return 0;
}

void cutting_free(struct cutting *cutting)
{
	survey_free(&cutting->survey);
	cutting->survey = (struct survey){};
}
