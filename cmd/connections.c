// SPDX-License-Identifier: GPL-2.0-only
/* Lists open connections, with the policy's present verdict on each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flow/survey.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/flows.h"
#include "shared/known_names.h"

static const char *name_of(const struct survey *survey, const struct flow *flow, const struct name_list *known)
{
	return name_list_find(known, &flow->remote, (__u32)survey_net(survey, flow)->inode);
}

/* One by one: a document with a hundred thousand of them would take much memory. */
static void print_json(const struct survey *survey, const struct name_list *known, const struct output *out)
{
	struct flow_names *names = output_checked(calloc(1, sizeof(*names)));
	json_t *end = json_pack("{s:[]}", "warnings");
	const char *gap = out->pretty ? "\n    " : "";
	char *text;

	printf(out->pretty ? "{\n  \"schema\": %d,\n  \"connections\": [" : "{\"schema\":%d,\"connections\":[",
	       OUTPUT_SCHEMA);
	for (size_t i = 0; i < survey->n; i++) {
		json_t *value = output_flow(survey, &survey->flows[i], names);
		const char *name = name_of(survey, &survey->flows[i], known);

		json_object_set_new(value, "name", name ? output_string(name) : json_null());
		text = output_checked(json_dumps(value, JSON_COMPACT));
		printf("%s%s%s", i ? "," : "", gap, text);
		free(text);
		json_decref(value);
	}
	fputs(out->pretty && survey->n ? "\n  ]" : "]", stdout);
	warn_of_survey(survey, end);
	text = output_checked(json_dumps(json_object_get(end, "warnings"), JSON_COMPACT));
	printf(out->pretty ? ",\n  \"warnings\": %s" : ",\"warnings\":%s", text);
	free(text);
	puts(out->pretty ? "\n}" : "}");
	json_decref(end);
	free(names);
}

/* The column of names is there while names are learned. */
static void print_text(const struct survey *survey, const struct name_list *known, bool named, const struct output *out)
{
	static const char *const header[] = {FLOW_HEADER, "CGROUP", "NAME"};
	struct flow_names *names = output_checked(calloc(1, sizeof(*names)));
	struct table table = table_open(out, named ? 10 : 9, header);

	for (size_t i = 0; i < survey->n; i++) {
		const char *cgroup = survey_cgroup(survey, &survey->flows[i]);
		const char *name = name_of(survey, &survey->flows[i], known);

		table_flow(&table, survey, &survey->flows[i], names);
		table_cell(&table, "%s", *cgroup ? cgroup : "-");
		if (named)
			table_cell(&table, "%s", name ? name : "-");
	}
	table_close(&table);
	free(names);
	warn_of_survey(survey, NULL);
}

static int run(struct invocation *inv, struct error *err)
{
	struct flow_filter filter = {};
	struct survey survey = {};
	struct name_list known = {};
	struct flow_asker asker;
	bool named = false;
	int ret;

	flow_asker_init(&asker, inv);
	ret = flow_filter_parse(&filter, inv->n, inv->words, err);
	if (!ret)
		ret = survey_take(&survey, &filter, &asker.policy, NULL, err);
	if (!ret)
		ret = known_names_list(inv, &known, &named, err);
	if (!ret)
		ret = name_list_index(&known, err);
	if (!ret && inv->out.json)
		print_json(&survey, &known, &inv->out);
	else if (!ret)
		print_text(&survey, &known, named, &inv->out);
	name_list_free(&known);
	survey_free(&survey);
	flow_filter_free(&filter);
	return ret;
}

static void complete(struct invocation *inv)
{
	struct invocation rest = *inv;

	if (!inv->n)
		complete_word("refused", "what the policy refuses now");
	if (rest.n && !strcmp(rest.words[0], "refused")) {
		rest.words++;
		rest.n--;
	}
	complete_filter(&rest);
}

const struct command command_connections = {
	.name = "connections",
	.args = "[refused] " FLOW_FILTER_ARGS,
	.summary = "list open connections, with the policy's verdict on each",
	.doc = "Shows the connections of all network namespaces: TCP, connected UDP, MPTCP, SCTP and connected raw sockets, "
	       "with their processes. POLICY is the verdict on a call that the socket's user would make now to the same "
	       "place. WAY is 'out' if this host opened the connection, and 'in' if a program waits at its local port, or if "
	       "the kernel would not choose that port. NAME, while 'set names on' learns them, is what a program asked "
	       "for last to get the address.\n\n"
	       "With words as of a rule, shows the connections that such a rule would cover. With 'refused', shows those "
	       "that the policy refuses now: 'lsmctl cut' closes them.",
	.max_words = NO_LIMIT,
	.run = run,
	.complete = complete,
};
