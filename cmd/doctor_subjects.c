// SPDX-License-Identifier: GPL-2.0-only
/* doctor --selftest: who asks. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "host/cgroup.h"
#include "policy/ask.h"
#include "shared/session.h"
#include "doctor_selftest.h"

#define UDP 17

static int make_rule(struct rules *rules, struct in_addr to, const char *exe, enum verdict verdict, struct error *err)
{
	char destination[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &to, destination, sizeof(destination));
	return selftest_rules(rules, destination, "exe", exe, verdict, err);
}

/* Rules for the cgroup or the user of this process are asked before those for programs. */
static bool is_asked(const struct invocation *inv, const struct program_place *place)
{
	struct call call = {.proto = UDP, .port = SUBJECT_PORT, .uid = getuid(), .gid = getgid()};
	struct test_answer answer = {};
	struct error ignored = {};
	struct session session;
	bool asked;

	call.ip = (union ip){.b = {[10] = 0xff, 0xff}};
	memcpy(&call.ip.b[12], &place->to, 4);
	snprintf(call.exe, sizeof(call.exe), "%s", place->program);
	cgroup_own(call.cgroup, sizeof(call.cgroup));
	if (session_open(&session, inv, RULESET_READ, &ignored))
		return false;
	asked = !probe(&session.pins, &call, &answer, &ignored) && answer.slot != NO_SLOT &&
		answer.verdict != VERDICT_ALLOW;
	session_close(&session);
	return asked;
}

/* With the address allowed for everyone. */
static int try_programs(const struct invocation *inv, const struct program_place *place,
			const struct settings *settings, struct subject_row rows[PROGRAM_ROWS], struct error *err)
{
	int control[PROGRAM_ROWS], blocked[PROGRAM_ROWS], ret;
	struct rules block = {};
	struct error why = {};
	bool asked;

	if (make_rule(&block, place->to, place->program, VERDICT_BLOCK, err))
		return -1;
	programs_try(place, control);
	ret = selftest_put(inv, &block, CHANGE_ADD, &why);
	if (ret) {
		/* As where programs are not attached as a security module. */
		programs_not_tried(why.text, rows);
		rules_free(&block);
		return 0;
	}
	programs_try(place, blocked);
	asked = is_asked(inv, place);
	ret = selftest_take_away(inv, &block, err);
	rules_free(&block);
	if (!asked)
		programs_not_tried("rules for its cgroup or user decide before", rows);
	else
		programs_judge(control, blocked, settings->mode == MODE_AUDIT ? "lsmctl set mode enforce" : NULL, rows);
	return ret;
}

int selftest_try_subjects(const struct invocation *inv, struct in_addr to, const struct settings *settings,
			  struct subject_row rows[SELFTEST_ROWS], struct error *err)
{
	struct program_place place;
	struct rules allow = {};
	struct error why = {};
	int ret = make_rule(&allow, to, NULL, VERDICT_ALLOW, err);

	if (!ret)
		ret = selftest_put(inv, &allow, CHANGE_ADD, err);
	if (ret)
		goto out;
	if (program_place_make(&place, to)) {
		programs_not_tried("no directory takes a program", rows);
	} else {
		ret = try_programs(inv, &place, settings, rows, err);
		program_place_remove(&place);
	}
	if (!ret)
		ret = runs_try(inv->pin_dir, to, rows + PROGRAM_ROWS, err);
	if (selftest_take_away(inv, &allow, &why) && !ret)
		ret = error_set(err, why.code, "%s", why.text);
out:
	rules_free(&allow);
	return ret;
}
