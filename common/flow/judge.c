// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "host/cgroup.h"
#include "rule/prefix.h"
#include "judge.h"

#define TRIES 8 /* a rule may expire between the answer and the look at it */

struct wanted {
	const struct judge *judge;
	uint64_t id;
	const struct flow_question *question;
};

static bool same_cgroup(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;

	return wanted->judge->cgroups[place].id == wanted->id;
}

static bool same_question(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;

	return !memcmp(&wanted->judge->answers[place].question, wanted->question, sizeof(*wanted->question));
}

/* Looks up where a cgroup is. One that is gone counts as a child of the root. */
static int describe(struct flow_cgroup *cgroup)
{
	char path[CGROUP_SIZE];
	bool known = cgroup->id && cgroup_path(cgroup->id, path, sizeof(path));

	cgroup->path = strdup(known ? path : "");
	if (known) {
		cgroup->n = ask_cgroup_ids(path, cgroup->ids);
	} else {
		cgroup->ids[cgroup->n++] = ROOT_CGROUP;
		if (cgroup->id && cgroup->id != ROOT_CGROUP)
			cgroup->ids[cgroup->n++] = cgroup->id;
	}
	return cgroup->path ? 0 : -ENOMEM;
}

int judge_cgroup(struct judge *judge, struct flow *flow, struct error *err)
{
	const struct wanted wanted = {.judge = judge, .id = flow->cgroup};
	uint32_t hash = hash_number(flow->cgroup);
	int64_t place = hash_find(&judge->by_id, hash, same_cgroup, &wanted);
	struct flow_cgroup cgroup = {.id = flow->cgroup}, *at;

	if (place < 0) {
		at = array_with_room_for_one(judge->cgroups, judge->n_cgroups, sizeof(*at));
		if (!at)
			return error_errno(err, ENOMEM, "cannot list the cgroups");
		judge->cgroups = at;
		if (describe(&cgroup) || hash_add(&judge->by_id, hash, (uint32_t)judge->n_cgroups)) {
			free(cgroup.path);
			return error_errno(err, ENOMEM, "cannot list the cgroups");
		}
		place = (int64_t)judge->n_cgroups;
		at[judge->n_cgroups++] = cgroup;
	}
	flow->cgroup_at = (uint32_t)place;
	return 0;
}

struct flow_question flow_question_of(const struct flow *flow)
{
	return (struct flow_question){
		.ip = flow->remote,
		.cgroup = flow->cgroup,
		.uid = flow->uid,
		.gid = flow->gid,
		.exe = flow->exe,
		.port = flow->kind == FLOW_RAW ? NO_PORT : flow->remote_port,
		.proto = flow->proto,
		.raw = flow->kind == FLOW_RAW,
	};
}

static uint32_t hash_of(const struct flow_question *question)
{
	uint64_t rest = question->cgroup * 31 + question->uid;

	rest = ((rest * 31 + question->gid) * 31 + question->exe) * 31 + question->net;
	rest = rest * 31 + ((uint64_t)question->port << 16 | question->proto);
	return hash_number(question->ip.d[0] ^ rest) ^ hash_number(question->ip.d[1] + rest);
}

/* Asks until the deciding rule can be seen. */
static int ask(struct judge *judge, const struct asker *asker, struct ruleset *rules, const struct flow *flow,
	       struct flow_answer *answer, struct error *err)
{
	const struct flow_question *question = &answer->question;
	const struct flow_cgroup *cgroup = &judge->cgroups[flow->cgroup_at];
	const struct call call = {
		.ip = question->ip,
		.proto = question->proto,
		.raw = question->raw,
		.port = question->port,
		.uid = question->uid,
		.gid = question->gid,
		.exe_id = question->exe,
	};
	struct test_answer said;
	struct rule_info rule;

	for (int i = 0; i < TRIES; i++) {
		if (asker_ask(asker, &call, cgroup->ids, cgroup->n, &said, err))
			return -1;
		if (said.slot != NO_SLOT && !ruleset_at(rules, said.slot, &rule))
			continue;
		/* The programs block on an unknown verdict, which only another program can have stored. */
		answer->verdict = said.verdict < VERDICTS ? (enum verdict)said.verdict : VERDICT_BLOCK;
		answer->error = (int)said.error;
		answer->rule = said.slot == NO_SLOT ? 0 : rule.id;
		if (answer->rule && prefix_is_name(&rule.spec.prefix))
			answer->name = rule.spec.prefix.ip;
		return 0;
	}
	return error_set(err, ERR_SYSTEM, "the kernel answered with an unknown rule");
}

/* What a thread judges. */
struct judging {
	struct judge *judge;
	const struct asker *asker;
	struct ruleset *rules;
	const struct nets *nets; /* NULL: the answers are the same in all */
	struct flow *flows;
	size_t n;
	struct error *err;
	int ret;
};

static int judge_flow(const struct judging *judging, struct flow *flow)
{
	struct judge *judge = judging->judge;
	struct flow_answer answer = {.question = flow_question_of(flow)}, *at;
	const struct wanted wanted = {.judge = judge, .question = &answer.question};
	uint32_t hash;
	int64_t place;

	answer.question.net = judging->nets ? flow->net : 0;
	hash = hash_of(&answer.question);
	place = hash_find(&judge->by_question, hash, same_question, &wanted);
	if (place < 0) {
		at = array_with_room_for_one(judge->answers, judge->n_answers, sizeof(*at));
		if (!at)
			return error_errno(judging->err, ENOMEM, "cannot list the answers");
		judge->answers = at;
		if (ask(judge, judging->asker, judging->rules, flow, &answer, judging->err))
			return -1;
		if (hash_add(&judge->by_question, hash, (uint32_t)judge->n_answers))
			return error_errno(judging->err, ENOMEM, "cannot list the answers");
		place = (int64_t)judge->n_answers;
		at[judge->n_answers++] = answer;
	}
	flow->answer = (uint32_t)place;
	return 0;
}

/* The program that answers looks at the network namespace of who asks. */
static void *judge_all(void *arg)
{
	struct judging *judging = arg;
	uint32_t at = 0;

	for (size_t i = 0; i < judging->n && !judging->ret; i++) {
		struct flow *flow = &judging->flows[i];

		if (judging->nets && flow->net != at) {
			int error = nets_enter(&judging->nets->at[flow->net]);

			at = flow->net;
			if (error) {
				judging->ret =
					error_errno(judging->err, error, "cannot ask about another network namespace");
				break;
			}
		}
		judging->ret = judge_flow(judging, flow);
	}
	return NULL;
}

int judge_flows(struct judge *judge, const struct pins *pins, struct ruleset *rules, const struct nets *nets,
		struct flow *flows, size_t n, struct error *err)
{
	struct asker asker = {.prog = -1};
	struct judging judging = {judge, &asker, rules, NULL, flows, n, err, 0};
	pthread_t thread;
	int error;

	if (!n)
		return 0;
	if (asker_open(&asker, pins, err))
		return -1;
	if (ruleset_config(rules)->special.ruled) {
		judging.nets = nets;
		error = pthread_create(&thread, NULL, judge_all, &judging);
		if (error)
			judging.ret = error_errno(err, error, "cannot start a thread");
		else
			pthread_join(thread, NULL);
	} else {
		judge_all(&judging);
	}
	asker_close(&asker);
	return judging.ret;
}

void judge_free(struct judge *judge)
{
	for (size_t i = 0; i < judge->n_cgroups; i++)
		free(judge->cgroups[i].path);
	free(judge->cgroups);
	hash_free(&judge->by_id);
	free(judge->answers);
	hash_free(&judge->by_question);
}
