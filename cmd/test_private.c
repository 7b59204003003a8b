// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "bpf/ip.h"
#include "policy/name_list.h"
#include "rule/prefix.h"
#include "test_private.h"

struct search {
	const struct call *call;
	const struct name_row *row; /* of the address, with the ids of its names */
	struct rule_spec spec;
	uint32_t id; /* 0: none yet */
};

/* False also for subjects that take more to tell: a note is missing then. */
static bool is_for(const struct rule_spec *spec, const struct call *call)
{
	switch (spec->subject) {
	case SUBJECT_EVERYONE:
		return true;
	case SUBJECT_UID:
		return spec->id == call->uid;
	case SUBJECT_GID:
		return spec->id == call->gid;
	case SUBJECT_UIDS:
		return range_has(range_id(spec->id, spec->id_to), call->uid);
	case SUBJECT_GIDS:
		return range_has(range_id(spec->id, spec->id_to), call->gid);
	case SUBJECT_EXE:
		return !strcmp(spec->exe, call->exe);
	case SUBJECT_CGROUP:
		return !strcmp(spec->cgroup, call->cgroup);
	}
	return false;
}

static bool has_ports(const struct rule_spec *spec, const struct call *call)
{
	if (call->port == NO_PORT)
		return !spec->port_lo && spec->port_hi == 65535;
	return call->port >= spec->port_lo && call->port <= spec->port_hi;
}

static int look(const struct rule_info *rule, void *arg)
{
	const struct rule_spec *spec = &rule->spec;
	struct search *search = arg;
	bool is_its = false;

	if (!prefix_name(&spec->prefix) || spec->verdict == VERDICT_BLOCK || spec->local)
		return 0;
	for (size_t i = 0; i < RULED_IDS; i++)
		is_its |= search->row->ids[i] && search->row->ids[i] == prefix_name_id(&spec->prefix);
	if (!is_its || !is_for(spec, search->call) || !has_ports(spec, search->call) ||
	    (spec->proto != PROTO_ANY && spec->proto != search->call->proto))
		return 0;
	search->spec = *spec;
	search->id = rule->id;
	return 1;
}

/* Only names that the address has in this process's network namespace count. */
static void search_rows(struct search *search, const struct name_list *list, struct ruleset *rules)
{
	struct stat net;

	if (stat("/proc/self/ns/net", &net))
		return;
	for (size_t i = 0; i < list->n && !search->id; i++) {
		search->row = &list->at[i];
		if (!memcmp(&search->row->key.ip, &search->call->ip, sizeof(union ip)) &&
		    (uint32_t)search->row->key.net == (uint32_t)net.st_ino)
			ruleset_each(rules, look, search);
	}
}

static bool is_for_every_address(const struct rule_spec *spec)
{
	return !prefix_is_name(&spec->prefix) && spec->prefix.len <= (ip_is_v4(&spec->prefix.ip) ? 96 : 0);
}

void note_of_private(struct ruleset *rules, const struct call *call, const struct rule_spec *decides,
		     char note[NOTE_SIZE])
{
	const struct prefix address = {.ip = call->ip, .len = 128};
	struct name_maps maps = NAME_MAPS_CLOSED;
	struct search search = {.call = call};
	struct name_list list = {};
	struct error ignored = {};

	if (!prefix_is_local(&address) || (decides && !is_for_every_address(decides)) ||
	    !name_maps_open(&maps, ruleset_config(rules)))
		return;
	if (!name_list_read(&list, &maps, &ignored)) {
		name_list_ruled(&list, ruleset_config(rules));
		search_rows(&search, &list, rules);
	}
	if (search.id)
		snprintf(
			note, NOTE_SIZE,
			"the address has the name '%s', but rule %u lets nothing through to private and local addresses: add 'private' to it",
			prefix_name(&search.spec.prefix), search.id);
	name_list_free(&list);
	name_maps_close(&maps);
}
