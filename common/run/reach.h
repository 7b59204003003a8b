/* SPDX-License-Identifier: GPL-2.0-only */
/* From rules to the entries of a run's prefixes: see bpf/run.h. */
#ifndef LSMCTL_RUN_REACH_H
#define LSMCTL_RUN_REACH_H

#include "bpf/run.h"
#include "rule/rule.h"

struct reach_entry {
	struct prefix prefix;
	struct run_rule rule;
	size_t around; /* one more than the index of the next shorter prefix that contains it; 0: none */
};

/* The caller zeroes it, and frees it with reach_free(). */
struct reach {
	struct reach_entry *at;
	size_t n;
};

/*
 * Checks a rule of a run: it allows, for whoever is in the run, and has nothing but destination, ports, protocol and a
 * comment. ERR_INPUT.
 */
int reach_check(const struct rule_spec *spec, struct error *err);

/*
 * Compiles rules that reach_check() accepts, sorting them. Each prefix gets the ports of the shorter ones of its family
 * too. The prefix of all IPv4 addresses is always there, so that no IPv6 prefix covers them. ERR_FULL: one prefix has
 * too many ranges of ports.
 */
int reach_compile(struct reach *reach, struct rules *rules, struct error *err);
void reach_free(struct reach *reach);

#endif
