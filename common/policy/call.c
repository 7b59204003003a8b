// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "host/cgroup.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "rule/proto.h"
#include "rule/unit.h"
#include "call.h"

#define PROTO_TCP  6
#define PROTO_UDP  17
#define PROTO_DCCP 33
#define PROTO_SCTP 132

static bool has_ports(const struct call *call)
{
	return call->proto == PROTO_TCP || call->proto == PROTO_UDP || call->proto == PROTO_DCCP ||
	       call->proto == PROTO_SCTP;
}

static int not_one(const char *destination, const char *advice, struct error *err)
{
	return error_set(err, ERR_INPUT, "bad destination, near '%.64s%s': a call has one address%s", destination,
			 strlen(destination) > 64 ? "..." : "", advice);
}

/* Checks that the words name exactly one address and at most one port. */
static int check_one(const struct rules *rules, const char *destination, struct error *err)
{
	const struct rule_spec *spec = rules->at;
	bool one = true;

	for (size_t i = 1; i < rules->n; i++)
		one = one && prefix_equal(&spec->prefix, &rules->at[i].prefix);
	if (!one || spec->prefix.len != 128)
		return not_one(destination,
			       strchr(destination, '/') ? ": type an address in the prefix, without '/'"
							: ": type an address such as 192.0.2.1",
			       err);
	if (rules->n > 1 || (spec->port_lo != spec->port_hi && !rule_any_port(spec)))
		return error_set(err, ERR_INPUT, "bad port: a call has one port, such as 443");
	return 0;
}

static int check_port(const struct call *call, struct error *err)
{
	char proto[16];

	if (call->port == NO_PORT || has_ports(call))
		return 0;
	proto_format(call->proto, proto);
	return error_set(err, ERR_INPUT, "bad port, near '%u': protocol %s has no ports, so leave the port out",
			 call->port, proto);
}

/* Refuses any prefix before its host bits are checked: a correct prefix is refused too. */
static int check_prefix(const char *destination, struct error *err)
{
	const char *slash = strchr(destination, '/');

	if (!slash || !strcmp(slash, "/32") || !strcmp(slash, "/128"))
		return 0;
	return not_one(destination, ": type an address in the prefix, without '/'", err);
}

struct search {
	const char *name;
	char path[CGROUP_SIZE];
};

static void find_unit(const char *path, const char *name, void *arg)
{
	struct search *search = arg;

	if (!search->path[0] && !strcmp(name, search->name) && strlen(path) < sizeof(search->path))
		strcpy(search->path, path);
}

/* Sets the cgroup of a call: the one that was named, the one that a unit has now, or that of this process. */
static int set_cgroup(struct call *call, const char *wanted, struct error *err)
{
	struct search search = {.name = wanted};
	bool unit = cgroup_is_unit(wanted);

	if (unit && strchr(wanted, '*'))
		return error_set(err, ERR_INPUT,
				 "bad unit, near '%.64s': a call comes from one unit: type its whole name",
				 unit_name(wanted));
	if (unit)
		cgroup_each_unit(find_unit, &search);
	strcpy(call->cgroup, unit ? search.path : wanted);
	if (unit && !search.path[0])
		return error_set(
			err, ERR_INPUT,
			"no such unit, near '%.64s': it has no cgroup now; 'systemd-cgls' shows those there are",
			unit_name(wanted));
	if (!*wanted)
		cgroup_own(call->cgroup, sizeof(call->cgroup));
	else if (!cgroup_id(call->cgroup))
		return error_set(err, ERR_INPUT, "no such cgroup, near '%.64s%s': 'systemd-cgls' shows those there are",
				 call->cgroup, strlen(call->cgroup) > 64 ? "..." : "");
	return 0;
}

int call_parse(struct call *call, size_t n, char *const words[], struct error *err)
{
	struct call parsed = {.port = NO_PORT};
	const struct rule_spec *spec;
	struct rules rules = {};
	struct call_words said;
	int ret = -1;

	if (!n)
		return error_set(err, ERR_USAGE, "a destination is missing (an address, such as 192.0.2.1)");
	if (check_prefix(words[0], err) || rules_parse_call(&rules, &said, n, words, err) ||
	    check_one(&rules, words[0], err))
		goto out;
	spec = rules.at;
	parsed.ip = spec->prefix.ip;
	parsed.proto = spec->proto == PROTO_ANY ? PROTO_TCP : spec->proto;
	parsed.port = rule_any_port(spec) ? NO_PORT : spec->port_lo;
	parsed.uid = spec->id == UINT32_MAX ? getuid() : spec->id;
	parsed.gid = said.gid == UINT32_MAX ? getgid() : said.gid;
	strcpy(parsed.exe, said.exe);
	if (set_cgroup(&parsed, spec->cgroup, err) || check_port(&parsed, err))
		goto out;
	*call = parsed;
	ret = 0;
out:
	rules_free(&rules);
	return ret;
}

char *call_format(const struct call *call)
{
	const struct prefix prefix = {.ip = call->ip, .len = 128};
	char *text = NULL, *quoted = call->cgroup[0] ? text_word(call->cgroup) : strdup("");
	char *exe = call->exe[0] ? text_word(call->exe) : strdup("");
	char address[PREFIX_TEXT_SIZE], proto[16], port[16] = "";

	prefix_format(&prefix, true, address);
	proto_format(call->proto, proto);
	if (call->port != NO_PORT)
		sprintf(port, " port %u", call->port);
	if (quoted && exe &&
	    asprintf(&text, "%s%s proto %s uid %u gid %u%s%s%s%s", address, port, proto, call->uid, call->gid,
		     call->exe[0] ? " exe " : "", exe, call->cgroup[0] ? " cgroup " : "", quoted) < 0)
		text = NULL;
	free(quoted);
	free(exe);
	return text;
}
