/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches and detaches the programs that learn names (bpf/dns.bpf.h, bpf/query.bpf.h), makes their maps, and finds the
 * name servers whose answers count. All are there only while some settings want names or some rule is for one. Attach
 * before publishing such settings. Without rules for names no decision changes: names are only shown. The caller holds
 * the exclusive lock.
 */
#ifndef LSMCTL_POLICY_NAMES_H
#define LSMCTL_POLICY_NAMES_H

#include <stdbool.h>
#include "base/error.h"
#include "host/pins.h"
#include "table/ruleset.h"

/* True when the settings in force, or the settings that return when a trial ends, want names, or rules do. */
bool names_wanted(struct ruleset *rules);

/*
 * Attaches the programs for settings that want names. 1: attached now; 0: were attached before; -1 with the error set:
 * no name server is known, for one. check_only: changes nothing.
 */
int names_attach(const struct pins *pins, struct ruleset *rules, const struct settings *settings, bool check_only,
		 struct error *err);

/*
 * The same for rules for names, with all that they need; 0 or -1. While load puts the first rules in force, or where
 * such rules are in force already, attaches nothing instead of failing for want of a name server. names_leave_ruled():
 * none is in force any more, with these settings.
 */
int names_attach_ruled(const struct pins *pins, struct ruleset *rules, const struct settings *settings,
		       struct error *err);
void names_leave_ruled(const struct pins *pins, struct ruleset *rules, const struct settings *settings);

/* Attaches or detaches, as the settings need. 1: changed something; 0: nothing to do; -1 with the error set. */
int names_settle(const struct pins *pins, struct ruleset *rules, struct error *err);

/* Detaches the programs, and forgets all names, when the published settings do not want them. */
void names_leave(const struct pins *pins, struct ruleset *rules);

/* Replaces the attached programs by this binary's. What was learned stays. */
int names_renew(const struct pins *pins, struct ruleset *rules, struct error *err);

/* Finds this host's name servers. False: none is known. */
bool names_find_resolvers(struct resolvers *found);

/* Sets the error for that. Returns -1. */
int names_find_none(struct error *err);

/* Puts them in force. Programs see the old ones or the new. */
void names_store_resolvers(struct config *config, const struct resolvers *found);

/*
 * Finds them, and puts them in force unless check_only is set. Those that were found before stay where none is found
 * now. -1 with the error set: with these settings, none is known.
 */
int names_look_up_resolvers(struct config *config, const struct settings *settings, bool check_only, struct error *err);

#endif
