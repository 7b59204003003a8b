// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/array.h"
#include "diag.h"
#include "host/process.h"
#include "rule/exe.h"
#include "survey.h"

/* One look at one namespace. */
struct look {
	struct survey *survey;
	const struct flow_filter *filter;
	uint32_t net;
	uint64_t listened[65536 / 64]; /* local ports */
	size_t from;		       /* the flows of this look */
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
	struct holder *holder = flow->inode ? holders_of(&survey->holders, flow->inode, &n) : NULL,
		      *end = survey->holders.at + survey->holders.n;

	for (; holder && holder < end && holder->inode == flow->inode; holder++)
		holder->told = true;
}

static void add(const struct flow *told, void *arg)
{
	struct look *look = arg;
	struct survey *survey = look->survey;
	struct flow flow = *told, *at;

	mark_told(survey, told);
	if (flow_listens(told))
		look->listened[told->local_port / 64] |= 1ull << told->local_port % 64;
	flow.net = look->net;
	if (!flow_is_open(told) || is_seen(survey, &flow) || look->err->code != ERR_NONE ||
	    judge_cgroup(&survey->judge, &flow, look->err) ||
	    !flow_filter_passes(look->filter, &flow, survey_cgroup(survey, &flow)))
		return;
	at = array_with_room_for_one(survey->flows, survey->n, sizeof(*at));
	if (!at) {
		error_errno(look->err, ENOMEM, "cannot list the connections");
		return;
	}
	survey->flows = at;
	at[survey->n++] = flow;
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

static void find_origins(struct look *look)
{
	const struct net *net = &look->survey->nets.at[look->net];

	for (size_t i = look->from; i < look->survey->n; i++) {
		struct flow *flow = &look->survey->flows[i];
		bool listened = look->listened[flow->local_port / 64] >> flow->local_port % 64 & 1;

		flow->origin = (uint8_t)flow_origin_of(flow, listened, net->ports);
	}
	look->from = look->survey->n;
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
	*look = (struct look){.survey = survey, .filter = filter, .net = net, .from = survey->n, .err = err};
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]) && !ret; i++) {
		memset(look->listened, 0, sizeof(look->listened));
		for (size_t k = 0; alike[i][k] != FLOW_KINDS && !ret; k++) {
			/* To ask for SCTP would load it. */
			if (alike[i][k] != FLOW_SCTP || survey->nets.at[net].sctp)
				ret = list(look, alike[i][k]);
		}
		find_origins(look);
	}
out:
	free(look);
	return ret;
}

/* Finds namespaces in which no process is: sockets that the kernel has not told of may be in one. */
static void find_hidden(struct survey *survey)
{
	for (size_t i = 0; i < survey->holders.n; i++) {
		const struct holder *holder = &survey->holders.at[i];
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

/* A process. One often has many sockets. */
struct known {
	pid_t pid;
	uint32_t gid;
	uint64_t exe;
};

static void ask_process(struct known *known, struct flow *flow)
{
	char path[CGROUP_SIZE];

	if (known->pid != flow->pid) {
		known->pid = flow->pid;
		if (!process_gid(flow->pid, &known->gid))
			known->gid = NO_GID;
		known->exe = process_exe(flow->pid, path, sizeof(path)) ? exe_id(path) : 0;
	}
	flow->gid = known->gid;
	flow->exe = known->exe;
}

/* Returns whether each socket that a program may have has a process. */
static bool find_processes(struct survey *survey, size_t from)
{
	struct known known = {};
	bool all = true;

	for (size_t i = from; i < survey->n; i++) {
		struct flow *flow = &survey->flows[i];
		uint32_t n;
		const struct holder *holder = flow->inode ? holders_of(&survey->holders, flow->inode, &n) : NULL;

		flow->pid = holder ? holder->pid : 0;
		if (flow->pid)
			ask_process(&known, flow);
		flow->sharers = holder ? n - 1 : 0;
		flow->session = ssh_session_has(&survey->session, flow, &survey->holders);
		all &= holder || !flow->inode;
	}
	return all;
}

/* Drops the new flows that are allowed, and remembers the others. */
static int keep(struct survey *survey, size_t from, bool refused, struct error *err)
{
	size_t kept = from;

	for (size_t i = from; i < survey->n; i++) {
		if (refused && survey_answer(survey, &survey->flows[i])->verdict != VERDICT_BLOCK)
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
	ret = judge_flows(&survey->judge, pins, rules, survey->flows + from, survey->n - from, err);
	policy->close(policy->arg);
	return ret;
}

/* Looks into all namespaces, also into those that it finds in the meantime. */
static int look_into_all(struct survey *survey, const struct flow_filter *filter, struct error *err)
{
	for (uint32_t net = 0; net < survey->nets.n; net++) {
		if (look_into(survey, filter, net, err))
			return -1;
		if (net + 1 == survey->nets.n && !survey->taken)
			find_hidden(survey);
	}
	return 0;
}

int survey_take(struct survey *survey, const struct flow_filter *filter, const struct survey_policy *policy,
		struct error *err)
{
	size_t from = survey->n;

	/* Without a policy nothing is looked at. */
	if ((!survey->taken && judge_new(survey, from, policy, err)) || nets_find(&survey->nets, err))
		return -1;
	/* The first time processes lead to namespaces; later only new connections need them. */
	if (!survey->taken && holders_find(&survey->holders, err))
		return -1;
	if (look_into_all(survey, filter, err) || judge_new(survey, from, policy, err) ||
	    keep(survey, from, filter->refused, err))
		return -1;
	if (!survey->taken)
		ssh_session_find(&survey->session);
	survey->taken = true;
	/* What was made after the look at the processes has none yet. */
	if (!find_processes(survey, from) && !holders_find(&survey->holders, err))
		find_processes(survey, from);
	if (err->code != ERR_NONE)
		return -1;
	return 0;
}

void survey_free(struct survey *survey)
{
	free(survey->flows);
	nets_free(&survey->nets);
	holders_free(&survey->holders);
	judge_free(&survey->judge);
	hash_free(&survey->seen);
}
