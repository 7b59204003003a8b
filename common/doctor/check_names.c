// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include "host/cgroup.h"
#include "policy/names.h"
#include "policy/programs.h"
#include "rule/prefix.h"
#include "rule/setting.h"
#include "doctor.h"

/* Rules for exact names that have no address now. */
struct without {
	const char *first; /* the name of the first; it stays while the process does */
	size_t n;	   /* no further rule for that name counts */
};

static int look(const struct rule_info *rule, void *arg)
{
	const char *name = prefix_exact_name(&rule->spec.prefix);
	struct without *without = arg;

	if (!name || rule->addresses_now || without->first == name)
		return 0;
	without->first = without->n ? without->first : name;
	without->n++;
	return 0;
}

static void check_addresses(struct doctor *doctor)
{
	struct without without = {};
	char more[64] = "";

	ruleset_each(doctor->rules, look, &without);
	if (without.n > 1)
		snprintf(more, sizeof(more), " and %zu other rules", without.n - 1);
	if (without.n)
		doctor_found(doctor, "name_addresses", CHECK_WARNING, "lsmctl refresh --names",
			     "no address is known now for the name %s%s: they hold for none until a program asks",
			     without.first, more);
}

/* Says which name servers count, and what no program can see. */
void check_names(struct doctor *doctor)
{
	const struct config *config = doctor->rules ? ruleset_config(doctor->rules) : NULL;
	struct program_info query = {}, learn = {};
	const struct resolvers *servers;
	char text[SETTING_SIZE];
	struct error err = {};

	if (!config || !(config->special.ruled || ruleset_settings(doctor->rules)->names))
		return;
	servers = config_resolvers(config, ruleset_settings(doctor->rules));
	if (!servers->n) {
		doctor_found(doctor, "names", CHECK_WARNING, "lsmctl set resolvers ADDRESS,...",
			     "no name server is known: no name is learned, and 'resolvers' stands for no address");
		return;
	}
	if (!names_wanted(doctor->rules))
		return; /* rules for name servers alone */
	if (programs_read_one(doctor->pins, HOOK_NAMES_QUERY, &query, &err) ||
	    programs_read_one(doctor->pins, HOOK_NAMES_LEARN, &learn, &err))
		doctor_found(doctor, "names", CHECK_WARNING, "run it as root, outside of containers", "%s", err.text);
	else if (!programs_is_attached(&query, HOOK_NAMES_QUERY) || !programs_is_attached(&learn, HOOK_NAMES_LEARN))
		doctor_found(doctor, "names", CHECK_WARNING, "lsmctl refresh --resolvers",
			     "wanted, but not attached: no name is learned");
	else
		doctor_found(
			doctor, "names", CHECK_GOOD, NULL,
			"learned from %s. Not seen: answers by TCP, TLS (DoT) and HTTPS (DoH), from other servers, in fragments, and from /etc/hosts; %llu answers were cut short, for which programs use TCP. Two rules keep programs to these servers, but for HTTPS: 'lsmctl allow resolvers port 53' and 'lsmctl block any port 53,853'",
			resolvers_format(servers, ", ", text), (unsigned long long)config->truncated);
	check_addresses(doctor);
}
