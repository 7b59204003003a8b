// SPDX-License-Identifier: GPL-2.0-only
/* doctor --selftest: adds the rules of the test for a minute, and reports. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "doctor/selftest.h"
#include "host/cgroup.h"
#include "policy/answers.h"
#include "rule/parse.h"
#include "shared/cmd.h"
#include "shared/session.h"
#include "table/ruleset.h"
#include "doctor_selftest.h"

#define RULES 4 /* at most: two addresses in two families */

/* Chooses addresses that no host has: 198.18.0.0/15 is for benchmarks, 2001:db8::/32 for examples. */
static int choose(struct selftest_targets *to, struct error *err)
{
	static const unsigned char example[4] = {0x20, 0x01, 0x0d, 0xb8};
	uint32_t target4, peer4;

	if (getrandom(to, sizeof(*to), 0) != sizeof(*to))
		return error_errno(err, errno, "cannot choose addresses");
	target4 = 0xc6120000 | (ntohl(to->target4.s_addr) & 0x1ffff);
	peer4 = 0xc6120000 | (ntohl(to->peer4.s_addr) & 0x1ffff);
	peer4 ^= peer4 == target4;
	to->target4.s_addr = htonl(target4);
	to->peer4.s_addr = htonl(peer4);
	memcpy(&to->target6, example, sizeof(example));
	memcpy(&to->peer6, example, sizeof(example));
	return 0;
}

int selftest_rules(struct rules *rules, char *destination, const char *subject, const char *value, enum verdict verdict,
		   struct error *err)
{
	char words[][16] = {"timeout", "60s", "set", SELFTEST_SET, "comment"}, comment[] = SELFTEST_COMMENT;
	char kind[16], id[CGROUP_SIZE];
	char *sentence[9] = {destination, words[0], words[1], words[2], words[3], words[4], comment, kind, id};

	if (value) {
		snprintf(kind, sizeof(kind), "%s", subject);
		snprintf(id, sizeof(id), "%s", value);
	}
	return rules_parse(rules, value ? 9 : 7, sentence, verdict, err);
}

/* Makes a rule for the destination in both families. */
static int make_rules(struct rules *rules, struct in_addr v4, const struct in6_addr *v6, enum verdict verdict,
		      struct error *err)
{
	char destination[INET_ADDRSTRLEN + INET6_ADDRSTRLEN + 2], text4[INET_ADDRSTRLEN], text6[INET6_ADDRSTRLEN];
	char cgroup[CGROUP_SIZE];

	snprintf(destination, sizeof(destination), "%s,%s", inet_ntop(AF_INET, &v4, text4, sizeof(text4)),
		 inet_ntop(AF_INET6, v6, text6, sizeof(text6)));
	/* Rules for this process's cgroup are tried first. */
	cgroup_own(cgroup, sizeof(cgroup));
	return selftest_rules(rules, destination, "cgroup", cgroup[0] && cgroup_id(cgroup) ? cgroup : NULL, verdict,
			      err);
}

struct selftest {
	struct selftest_targets to;
	struct tried *control, *blocked;
	size_t n;
	struct settings settings;
	uint32_t hooks; /* the hooks that the kernel has */
	struct subject_row rows[SELFTEST_ROWS];
};

int selftest_put(const struct invocation *inv, const struct rules *rules, enum ruleset_change wanted, struct error *err)
{
	enum ruleset_change changes[RULES];
	struct rule_info old[RULES];
	struct session session;
	int ret;

	if (session_open(&session, inv, RULESET_WRITE, err))
		return -1;
	ret = ruleset_plan(session.rules, rules->at, rules->n, changes, old, err);
	for (size_t i = 0; !ret && i < rules->n; i++) {
		if (changes[i] != wanted)
			ret = error_set(
				err, ERR_EXISTS,
				"another command changed the rules of the test, or one of its addresses has a rule: try again");
	}
	if (!ret)
		ret = ruleset_put(session.rules, rules->at, rules->n, changes, old, false, err);
	session_close(&session);
	return ret;
}

int selftest_take_away(const struct invocation *inv, const struct rules *rules, struct error *err)
{
	struct session session;
	struct rule_info there[RULES];
	size_t found = 0;
	int ret;

	if (session_open(&session, inv, RULESET_WRITE, err))
		return -1;
	for (size_t i = 0; i < rules->n; i++)
		found += ruleset_find(session.rules, &rules->at[i], &there[found]);
	ret = ruleset_remove(session.rules, there, found, err);
	session_close(&session);
	if (!ret && found < rules->n)
		return error_set(
			err, ERR_SYSTEM,
			"the rules of the test disappeared before its end (another command, or more than a minute): try again");
	return ret;
}

static int read_policy(const struct invocation *inv, struct selftest *test, struct error *err)
{
	struct session session;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	test->settings = *ruleset_settings(session.rules);
	test->hooks = ruleset_config(session.rules)->hooks;
	session_close(&session);
	return 0;
}

/* Tries each way before and after blocking the target. Removes the rules before it returns. */
static int try_with_rules(const struct invocation *inv, struct selftest *test, struct error *err)
{
	struct rules allow = {}, block = {};
	struct error why = {};
	int ret = -1;

	/* With default block, both addresses need an allow rule first. */
	if (make_rules(&allow, test->to.target4, &test->to.target6, VERDICT_ALLOW, err) ||
	    make_rules(&allow, test->to.peer4, &test->to.peer6, VERDICT_ALLOW, err) ||
	    make_rules(&block, test->to.target4, &test->to.target6, VERDICT_BLOCK, err) ||
	    read_policy(inv, test, err) || selftest_put(inv, &allow, CHANGE_ADD, err))
		goto out;
	ret = selftest_try(&test->to, NULL, test->control, test->n, err);
	if (!ret)
		ret = selftest_put(inv, &block, CHANGE_EDIT, err);
	if (!ret)
		ret = selftest_try(&test->to, test->control, test->blocked, test->n, err);
	if (selftest_take_away(inv, &allow, &why) && !ret)
		ret = error_set(err, why.code, "%s", why.text);
	if (!ret)
		ret = selftest_try_subjects(inv, test->to.peer4, &test->settings, test->rows, err);
out:
	rules_free(&block);
	rules_free(&allow);
	return ret;
}

/* Delays signals until the rules are removed. */
static int try_unharmed(const struct invocation *inv, struct selftest *test, struct error *err)
{
	sigset_t ends, before;
	int ret;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, &before);
	ret = try_with_rules(inv, test, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static void explain(const struct judgement *judgement, const struct tried *control, const struct tried *blocked,
		    char text[256])
{
	const char *how = blocked->packets ? "a packet left"
			  : blocked->error ? strerror(blocked->error)
					   : "it succeeded";

	switch (judgement->outcome) {
	case OUTCOME_HELD:
		snprintf(text, 256, "%s", judgement->held_for_all ? "refused for every address" : "");
		break;
	case OUTCOME_OPEN:
		snprintf(text, 256, "%s", how);
		break;
	case OUTCOME_LACKING:
		snprintf(text, 256, "%s", control->error ? strerror(control->error) : "nothing is sent");
		break;
	}
}

struct tally {
	size_t held, open, known, lacking;
};

static void count(const struct subject_row *row, struct tally *tally)
{
	tally->held += row->outcome == OUTCOME_HELD;
	tally->lacking += row->outcome == OUTCOME_LACKING;
	tally->open += row->outcome == OUTCOME_OPEN;
}

static struct judgement judge(const struct selftest *test, size_t i, struct tally *tally)
{
	struct judgement judgement = selftest_judge(way_at(i), &test->control[i], &test->blocked[i], &test->settings);

	/* A way whose hook this kernel lacks is open by design here. */
	if (judgement.outcome == OUTCOME_OPEN && !has_hook(test->hooks, way_at(i)->hook)) {
		judgement.known = true;
		judgement.closed_by = hook_advice(way_at(i)->hook);
	}
	tally->held += judgement.outcome == OUTCOME_HELD;
	tally->lacking += judgement.outcome == OUTCOME_LACKING;
	tally->open += judgement.outcome == OUTCOME_OPEN;
	tally->known += judgement.outcome == OUTCOME_OPEN && judgement.known;
	return judgement;
}

/* Open by design, and not to be tried: it takes another host that sends first. */
static const char answer_name[] = "udp answer to a sender";
static const char answer_text[] = "not tried: a socket may answer whoever has sent to it in the last three minutes";
static const char answer_cure[] = "lsmctl set answers off";

static bool may_answer(const struct selftest *test, struct tally *tally)
{
	bool open = answers_needed(&test->settings);

	tally->open += open;
	tally->known += open;
	return open;
}

static void print_text(const struct output *out, const struct selftest *test, struct tally *tally)
{
	static const struct {
		const char *word;
		int color;
	} shown[] = {[OUTCOME_HELD] = {"held", 0}, [OUTCOME_OPEN] = {"OPEN", 2}, [OUTCOME_LACKING] = {"absent", 0}};
	int width = 0;

	for (size_t i = 0; i < test->n; i++) {
		int len = (int)strlen(way_at(i)->name);

		width = len > width ? len : width;
	}
	for (size_t i = 0; i < SELFTEST_ROWS; i++) {
		int len = (int)strlen(test->rows[i].name);

		width = len > width ? len : width;
	}
	for (size_t i = 0; i < test->n; i++) {
		struct judgement judgement = judge(test, i, tally);
		enum outcome outcome = judgement.outcome;
		char text[256];

		explain(&judgement, &test->control[i], &test->blocked[i], text);
		if (judgement.known)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " (closed by %s)",
				 judgement.closed_by);
		output_finding(out, judgement.known ? 1 : shown[outcome].color,
			       judgement.known ? "open" : shown[outcome].word, 6, way_at(i)->name, width, text);
	}
	for (size_t i = 0; i < SELFTEST_ROWS; i++) {
		const struct subject_row *row = &test->rows[i];

		count(row, tally);
		output_finding(out, shown[row->outcome].color, shown[row->outcome].word, 6, row->name, width,
			       row->text);
	}
	if (may_answer(test, tally)) {
		char text[256];

		snprintf(text, sizeof(text), "%s (closed by %s)", answer_text, answer_cure);
		output_finding(out, 1, "open", 6, answer_name, width, text);
	}
	if (out->terse)
		return;
	printf("\n%zu held, %zu open, %zu not on this kernel\n", tally->held, tally->open, tally->lacking);
	if (tally->open > tally->known && test->settings.mode == MODE_AUDIT)
		puts("Mode audit refuses nothing: 'lsmctl set mode enforce' closes the ways marked OPEN.");
	else if (tally->open > tally->known)
		puts("The ways marked OPEN should be held: 'lsmctl doctor' may say why they are not.");
}

static void print_json(const struct output *out, const struct selftest *test, struct tally *tally)
{
	json_t *root = output_root(), *ways = json_array();

	for (size_t i = 0; i < test->n; i++) {
		struct judgement judgement = judge(test, i, tally);
		char text[256];

		explain(&judgement, &test->control[i], &test->blocked[i], text);
		json_array_append_new(ways, json_pack("{s:s,s:s,s:s?,s:s?}", "name", way_at(i)->name, "outcome",
						      outcome_name(judgement.outcome), "message", *text ? text : NULL,
						      "closed_by", judgement.closed_by));
	}
	for (size_t i = 0; i < SELFTEST_ROWS; i++) {
		const struct subject_row *row = &test->rows[i];

		count(row, tally);
		json_array_append_new(ways, json_pack("{s:s,s:s,s:s?,s:s?}", "name", row->name, "outcome",
						      outcome_name(row->outcome), "message",
						      *row->text ? row->text : NULL, "closed_by", row->closed_by));
	}
	if (may_answer(test, tally))
		json_array_append_new(ways, json_pack("{s:s,s:s,s:s,s:s}", "name", answer_name, "outcome", "open",
						      "message", answer_text, "closed_by", answer_cure));
	json_object_set_new(root, "ways", ways);
	json_object_set_new(root, "held", json_integer((json_int_t)tally->held));
	json_object_set_new(root, "open", json_integer((json_int_t)tally->open));
	json_object_set_new(root, "not_on_this_kernel", json_integer((json_int_t)tally->lacking));
	output_json(out, root);
}

static void count_all(const struct selftest *test, struct tally *tally)
{
	for (size_t i = 0; i < test->n; i++)
		judge(test, i, tally);
	for (size_t i = 0; i < SELFTEST_ROWS; i++)
		count(&test->rows[i], tally);
}

static void print(const struct invocation *inv, const struct selftest *test, struct tally *tally)
{
	if (inv->out.json)
		print_json(&inv->out, test, tally);
	else if (!inv->out.quiet)
		print_text(&inv->out, test, tally);
	else
		count_all(test, tally);
}

int selftest_run(struct invocation *inv, struct error *err)
{
	struct selftest test = {.n = ways_count()};
	struct tally tally = {};
	int ret = -1;

	if (inv->dry_run)
		return error_set(err, ERR_USAGE, "--selftest has no dry run: leave out --dry-run");
	test.control = calloc(test.n, sizeof(*test.control));
	test.blocked = calloc(test.n, sizeof(*test.blocked));
	if (!test.control || !test.blocked)
		error_errno(err, ENOMEM, "cannot try the ways");
	else if (!output_check(&inv->out, err) && !choose(&test.to, err))
		ret = try_unharmed(inv, &test, err);
	if (!ret) {
		print(inv, &test, &tally);
		inv->status = tally.open > tally.known ? 2 : 0;
	}
	free(test.blocked);
	free(test.control);
	return ret;
}
