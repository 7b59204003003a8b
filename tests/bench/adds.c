// SPDX-License-Identifier: GPL-2.0-only
/*
 * One rule after the other, each as a command of its own would add it, without what a process takes to start:
 *
 *   adds DIR N     adds N rules for made-up IPv4 hosts to those pinned in DIR
 *
 * Prints the processor time of the one that took longest, ns, and how many took more than 5 ms.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "bpf/ip.h"
#include "host/pins.h"
#include "table/ruleset.h"

#define LONG 5000000u

static uint64_t processor_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int add(const struct pins *pins, uint32_t address, struct error *err)
{
	struct ruleset *rules = ruleset_open(pins, RULESET_WRITE, err);
	enum ruleset_change change;
	struct rule_spec spec;
	struct rule_info old;
	int ret = -1;

	rule_init(&spec, VERDICT_BLOCK);
	spec.prefix = (struct prefix){.ip.w = {0, 0, MAPPED_PREFIX, htonl(address)}, .len = 128};
	if (rules && !ruleset_plan(rules, &spec, 1, &change, &old, err))
		ret = ruleset_put(rules, &spec, 1, &change, &old, false, err);
	if (rules)
		ruleset_close(rules);
	return ret;
}

int main(int argc, char **argv)
{
	uint64_t longest = 0, dice = 5;
	uint32_t too_long = 0;
	struct error err = {};
	struct pins pins;

	if (argc != 3 || pins_open(&pins, argv[1], PINS_EXCLUSIVE, &err)) {
		fprintf(stderr, "adds: %s\n", argc != 3 ? "usage: adds DIR N" : err.text);
		return 2;
	}
	for (int i = 0; i < atoi(argv[2]); i++) {
		uint64_t took = processor_time();

		dice = dice * 6364136223846793005u + 1442695040888963407u;
		if (add(&pins, (uint32_t)(dice >> 33) % 0x60000000u + 0x80000000u, &err)) {
			fprintf(stderr, "adds: %s\n", err.text);
			return 1;
		}
		took = processor_time() - took;
		longest = took > longest ? took : longest;
		too_long += took > LONG;
	}
	pins_close(&pins);
	printf("%llu %u\n", (unsigned long long)longest, too_long);
	return 0;
}
