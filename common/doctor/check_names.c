// SPDX-License-Identifier: GPL-2.0-only
#include "host/cgroup.h"
#include "policy/names.h"
#include "policy/programs.h"
#include "rule/setting.h"
#include "doctor.h"

/* Says which name servers count, and what no program can see. */
void check_names(struct doctor *doctor)
{
	struct program_info query = {}, learn = {};
	const struct resolvers *servers;
	char text[SETTING_SIZE];
	struct error err = {};

	if (!doctor->rules || !ruleset_settings(doctor->rules)->names)
		return;
	servers = names_resolvers(ruleset_config(doctor->rules), ruleset_settings(doctor->rules));
	if (programs_read_one(doctor->pins, HOOK_NAMES_QUERY, &query, &err) ||
	    programs_read_one(doctor->pins, HOOK_NAMES_LEARN, &learn, &err))
		doctor_found(doctor, "names", CHECK_WARNING, "run it as root, outside of containers", "%s", err.text);
	else if (query.cgroup_id != ROOT_CGROUP || learn.cgroup_id != ROOT_CGROUP)
		doctor_found(doctor, "names", CHECK_WARNING, "lsmctl -e set names on",
			     "on, but not attached to the root cgroup: no name is learned");
	else if (!servers->n)
		doctor_found(doctor, "names", CHECK_WARNING, "lsmctl set resolvers ADDRESS,...",
			     "on, but no name server is known: no name is learned");
	else
		doctor_found(
			doctor, "names", CHECK_GOOD, NULL,
			"on: learned from %s. Not seen: answers by TCP, TLS (DoT) and HTTPS (DoH), from other servers, in fragments, and from /etc/hosts; %llu answers were cut short, for which programs use TCP",
			resolvers_format(servers, ", ", text),
			(unsigned long long)ruleset_config(doctor->rules)->truncated);
}
