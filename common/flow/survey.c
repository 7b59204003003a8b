// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/array.h"
#include "policy/object.h"
#include "diag.h"
#include "survey.h"

/* One look at one namespace. */
struct look {
	struct survey *survey;
	const struct flow_filter *filter;
	uint32_t net;
	uint64_t listened[65536 / 64]; /* local ports */
	struct error *err;
};

struct wanted {
	const struct survey *survey;
	const struct flow *flow;
};

static bool same_socket(uint32_t place, const void *arg)
{
	const struct wanted *wanted = arg;
	const struct flow *there = &wanted->survey->flows[place];

	return there->net == wanted->flow->net && !memcmp(there->cookie, wanted->flow->cookie, sizeof(there->cookie));
}

static uint32_t hash_of(const struct flow *flow)
{
	return hash_number((uint64_t)flow->cookie[1] << 32 | flow->cookie[0]);
}

/* A connection that should be gone and is not can be closed again. */
static bool is_seen(struct survey *survey, const struct flow *flow)
{
	const struct wanted wanted = {survey, flow};
	int64_t place = hash_find(&survey->seen, hash_of(flow), same_socket, &wanted);

	if (place >= 0 && (survey->flows[place].fate == FLOW_CUT || survey->flows[place].fate == FLOW_GONE))
		survey->flows[place].fate = FLOW_OPEN;
	return place >= 0;
}

/* The holder is known then, and need not be asked in which namespace it is. */
static void mark_told(const struct survey *survey, const struct flow *flow)
{
	uint32_t n;
	struct holder *holder = flow->inode ? holders_of(&survey->owners.holders, flow->inode, &n) : NULL,
		      *end = survey->owners.holders.at + survey->owners.holders.n;

	for (; holder && holder < end && holder->inode == flow->inode; holder++)
		holder->told = true;
}

/* Appends a flow to an array of n. 0 or -ENOMEM. */
static int append(struct flow **flows, size_t *n, const struct flow *flow)
{
	struct flow *at = array_with_room_for_one(*flows, *n, sizeof(*at));

	if (!at)
		return -ENOMEM;
	*flows = at;
	at[(*n)++] = *flow;
	return 0;
}

static void add(const struct flow *told, void *arg)
{
	struct look *look = arg;
	struct survey *survey = look->survey;
	struct flow flow = *told;
	bool known;

	mark_told(survey, told);
	if (flow_listens(told))
		look->listened[told->local_port / 64] |= 1ull << told->local_port % 64;
	flow.net = look->net;
	if (!flow_is_open(told) || is_seen(survey, &flow) || look->err->code != ERR_NONE ||
	    judge_cgroup(&survey->judge, &flow, look->err) || owners_set(&survey->owners, &flow, &known, look->err) ||
	    !flow_filter_passes(look->filter, &flow, survey_cgroup(survey, &flow), !known, NULL))
		return;
	if (append(known ? &survey->flows : &survey->late, known ? &survey->n : &survey->n_late, &flow))
		error_errno(look->err, ENOMEM, "cannot list the connections");
}

static int list(struct look *look, enum flow_kind kind)
{
	int error = diag_list(look->survey->nets.at[look->net].diag, kind, add, look);

	if (look->err->code != ERR_NONE)
		return -1;
	/* No kernel can do without these two; the others may be missing. */
	if (error && kind == FLOW_TCP)
		return error_errno(look->err, error,
				   "the kernel does not list its TCP connections: try 'modprobe tcp_diag'");
	if (error && kind == FLOW_UDP)
		return error_errno(look->err, error,
				   "the kernel does not list its UDP sockets: try 'modprobe udp_diag'");
	return 0;
}

static void find_origins(const struct look *look, struct flow *flows, size_t n)
{
	const struct net *net = &look->survey->nets.at[look->net];

	for (size_t i = 0; i < n; i++) {
		struct flow *flow = &flows[i];
		bool listened = look->listened[flow->local_port / 64] >> flow->local_port % 64 & 1;

		flow->origin = (uint8_t)flow_origin_of(flow, listened, net->ports);
	}
}

/* Lists what one namespace has. Ports of TCP and of UDP have nothing to do with one another. */
static int look_into(struct survey *survey, const struct flow_filter *filter, uint32_t net, struct error *err)
{
	static const enum flow_kind alike[][3] = {
		{FLOW_TCP, FLOW_MPTCP, FLOW_KINDS},
		{FLOW_UDP, FLOW_KINDS},
		{FLOW_UDPLITE, FLOW_KINDS},
		{FLOW_SCTP, FLOW_KINDS},
		{FLOW_RAW, FLOW_KINDS},
	};
	struct look *look = calloc(1, sizeof(*look));
	int ret = look ? 0 : error_errno(err, ENOMEM, "cannot list the connections");

	if (!look || survey->nets.at[net].diag < 0)
		goto out;
	*look = (struct look){.survey = survey, .filter = filter, .net = net, .err = err};
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]) && !ret; i++) {
		size_t from = survey->n, late = survey->n_late;

		memset(look->listened, 0, sizeof(look->listened));
		for (size_t k = 0; alike[i][k] != FLOW_KINDS && !ret; k++) {
			/* To ask for SCTP would load it. */
			if (alike[i][k] != FLOW_SCTP || survey->nets.at[net].sctp)
				ret = list(look, alike[i][k]);
		}
		find_origins(look, survey->flows + from, survey->n - from);
		find_origins(look, survey->late + late, survey->n_late - late);
	}
out:
	free(look);
	return ret;
}

/* Finds namespaces in which no process is: sockets that the kernel has not told of may be in one. */
static void find_hidden(struct survey *survey)
{
	for (size_t i = 0; i < survey->owners.holders.n; i++) {
		const struct holder *holder = &survey->owners.holders.at[i];
		int net;

		if (holder->told || (i && holder->inode == holder[-1].inode))
			continue;
		net = holder_open_net(holder);
		if (net >= 0) {
			nets_add(&survey->nets, net, NULL);
			close(net);
		}
	}
}

/* Drops the new flows that are not wanted, now that the policy was asked, and remembers the others. */
static int keep(struct survey *survey, size_t from, const struct flow_filter *filter, struct error *err)
{
	size_t kept = from;

	for (size_t i = from; i < survey->n; i++) {
		const struct flow *flow = &survey->flows[i];
		const struct flow_answer *answer = survey_answer(survey, flow);

		if ((filter->refused && answer->verdict != VERDICT_BLOCK) ||
		    !flow_filter_passes(filter, flow, survey_cgroup(survey, flow), false, &answer->name))
			continue;
		survey->flows[kept] = survey->flows[i];
		if (hash_add(&survey->seen, hash_of(&survey->flows[kept]), (uint32_t)kept))
			return error_errno(err, ENOMEM, "cannot list the connections");
		kept++;
	}
	survey->n = kept;
	return 0;
}

static int judge_new(struct survey *survey, size_t from, const struct survey_policy *policy, struct error *err)
{
	const struct pins *pins;
	struct ruleset *rules;
	int ret;

	if (policy->open(policy->arg, &pins, &rules, err))
		return -1;
	ret = judge_flows(&survey->judge, pins, rules, &survey->nets, survey->flows + from, survey->n - from, err);
	policy->close(policy->arg);
	return ret;
}

/* Without a policy nothing is looked at. What keeps its program from being loaded only makes the look slower. */
static int find_owners(struct survey *survey, const struct survey_policy *policy, struct error *err)
{
	struct error ignored = {};
	const struct pins *pins;
	struct ruleset *rules;
	int prog, ret;

	if (policy->open(policy->arg, &pins, &rules, err))
		return -1;
	prog = object_pinned_program(HOLDERS_PROG, pins, &ignored);
	policy->close(policy->arg);
	ret = owners_find(&survey->owners, prog, err);
	if (prog >= 0)
		close(prog);
	return ret;
}

/* Judges the flows from `from` on, drops what is not wanted, and hands on the rest. */
static int settle(struct survey *survey, size_t from, const struct flow_filter *filter,
		  const struct survey_policy *policy, const struct survey_user *user, struct error *err)
{
	if (survey->n == from)
		return 0;
	if (judge_new(survey, from, policy, err) || keep(survey, from, filter, err))
		return -1;
	for (size_t i = from; i < survey->n; i++)
		survey->flows[i].session =
			ssh_session_has(&survey->session, &survey->flows[i], &survey->owners.holders);
	return user && survey->n > from ? user->found(survey, from, user->arg, err) : 0;
}

/* Of what was made after the look at the processes none is known: looks again, before the policy is asked about them.
 */
static int add_late(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy,
		    struct error *err)
{
	bool known;

	if (survey->n_late && find_owners(survey, policy, err))
		return -1;
	for (size_t i = 0; i < survey->n_late; i++) {
		struct flow *flow = &survey->late[i];

		if (owners_set(&survey->owners, flow, &known, err))
			return -1;
		if (flow_filter_passes(filter, flow, survey_cgroup(survey, flow), false, NULL) &&
		    append(&survey->flows, &survey->n, flow))
			return error_errno(err, ENOMEM, "cannot list the connections");
	}
	free(survey->late);
	survey->late = NULL;
	survey->n_late = 0;
	return 0;
}

/* Looks into all namespaces, also into those that it finds in the meantime. */
static int look_into_all(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy,
			 const struct survey_user *user, struct error *err)
{
	for (uint32_t net = 0; net < survey->nets.n; net++) {
		size_t from = survey->n;

		if (look_into(survey, filter, net, err) || settle(survey, from, filter, policy, user, err))
			return -1;
		if (net + 1 == survey->nets.n && !survey->taken)
			find_hidden(survey);
	}
	return 0;
}

int survey_take(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy,
		const struct survey_user *user, struct error *err)
{
	size_t from;

	/* The first time processes lead to namespaces; later only new connections need them. */
	if ((!survey->taken && find_owners(survey, policy, err)) || nets_find(&survey->nets, err))
		return -1;
	if (!survey->taken)
		ssh_session_find(&survey->session);
	if (look_into_all(survey, filter, policy, user, err))
		return -1;
	survey->taken = true;
	from = survey->n;
	return add_late(survey, filter, policy, err) ? -1 : settle(survey, from, filter, policy, user, err);
}

void survey_free(struct survey *survey)
{
	free(survey->flows);
	free(survey->late);
	nets_free(&survey->nets);
	owners_free(&survey->owners);
	judge_free(&survey->judge);
	hash_free(&survey->seen);
}
