// SPDX-License-Identifier: GPL-2.0-only
/* Rules from tables that something else may have written: no text without its end, no number out of its range. */
#include "unit.h"
#include "policy.h"
#include "table/decode.h"
#include "table/draft.h"

static struct ruleset *begin(void)
{
	struct ruleset *rs;

	policy_load(100);
	rs = policy_open(RULESET_WRITE);
	policy_restore(rs, LINES("allow 10.0.0.0/8 port 80-90 proto udp set s comment words timeout 1h",
				 "block 1.1.1.1 uid 7", "audit 2.2.2.2 cgroup /a errno EACCES",
				 "block 3.3.3.3 uid 10-20", "block 4.4.4.4 comment words"));
	return rs;
}

static void end(struct ruleset *rs)
{
	ruleset_close(rs);
	policy_unload();
}

/* The rule in a slot, behind words of whatever was there before. */
static struct rule_info rule_in(struct ruleset *rs, uint32_t slot)
{
	struct rule_info info;

	memset(&info, 'x', sizeof(info));
	assert_true(decode_rule(&rs->t, slot, clock_boot(), &info));
	return info;
}

static bool is_there(struct ruleset *rs, uint32_t slot, uint64_t now)
{
	struct rule_info info;

	return decode_rule(&rs->t, slot, now, &info);
}

static void what_was_put_in_comes_out(void **state)
{
	struct ruleset *rs = begin();
	struct rule_info info = rule_in(rs, 0);

	(void)state;
	assert_int_equal(info.id, 1);
	assert_int_equal(info.spec.verdict, VERDICT_ALLOW);
	assert_int_equal(info.spec.port_lo, 80);
	assert_int_equal(info.spec.port_hi, 90);
	assert_int_equal(info.spec.proto, 17);
	assert_int_equal(info.spec.prefix.len, 104);
	assert_int_equal(info.spec.subject, SUBJECT_EVERYONE);
	assert_string_equal(info.spec.set, "s");
	assert_string_equal(info.spec.comment, "words");
	assert_string_equal(info.spec.cgroup, "");
	assert_true(info.spec.timeout > 3500000000000u && info.spec.timeout <= 3600000000000u);
	info = rule_in(rs, 1);
	assert_int_equal(info.spec.subject, SUBJECT_UID);
	assert_int_equal(info.spec.id, 7);
	assert_string_equal(info.spec.set, "");
	assert_string_equal(info.spec.comment, "");
	assert_int_equal(info.spec.timeout, 0);
	info = rule_in(rs, 2);
	assert_int_equal(info.spec.error, EACCES);
	assert_string_equal(info.spec.cgroup, "/a");
	assert_int_equal(info.cgroups_now, 1);
	info = rule_in(rs, 3);
	assert_int_equal(info.spec.id, 10);
	assert_int_equal(info.spec.id_to, 20);
	info = rule_in(rs, 4);
	assert_int_equal(info.spec.timeout, 0);
	end(rs);
}

static void a_rule_is_over_at_its_very_instant(void **state)
{
	struct ruleset *rs = begin();
	struct extra room;
	uint64_t expires = decode_extra(&rs->t, tables_rule(&rs->t, 0), &room)->expires;
	struct rule_info info;

	(void)state;
	assert_true(decode_rule(&rs->t, 0, expires - 1, &info));
	assert_int_equal(info.spec.timeout, 1);
	assert_false(is_there(rs, 0, expires));
	assert_false(is_there(rs, 0, expires + 1));
	assert_true(is_there(rs, 4, UINT64_MAX)); /* a comment, and no end */
	end(rs);
}

static void what_was_removed_is_not_there(void **state)
{
	struct ruleset *rs = begin();

	(void)state;
	tables_rule(&rs->t, 1)->id = 0;
	assert_false(is_there(rs, 1, 0));
	assert_false(is_there(rs, 1u << 30, 0)); /* past the array */
	end(rs);
}

/* Numbers that mean nothing become the safe side's. */
static void unknown_numbers_become_a_block(void **state)
{
	struct ruleset *rs = begin();
	struct rule *rule = tables_rule(&rs->t, 1);
	struct rule_info info;

	(void)state;
	rule->action = action_make(3, 99, 128, PROTO_ANY, 0);
	rule->subject = UINT16_MAX;
	rule->set = UINT16_MAX;
	info = rule_in(rs, 1);
	assert_int_equal(info.spec.verdict, VERDICT_BLOCK);
	assert_int_equal(info.spec.error, EPERM);
	assert_string_equal(info.spec.set, "");
	end(rs);
}

/* An extra outside of the arena: the rule is there, and has none. */
static void a_line_past_the_arena_is_nothing(void **state)
{
	struct ruleset *rs = begin();
	struct rule *rule = tables_rule(&rs->t, 1);
	struct extra room;
	struct rule_info info;

	(void)state;
	for (uint32_t line = rs->t.max_lines; line; line = line < 1u << 31 ? line * 2 : 0) {
		rule->action = action_make(VERDICT_BLOCK, EPERM, 128, PROTO_ANY, line);
		assert_null(decode_extra(&rs->t, rule, &room));
		info = rule_in(rs, 1);
		assert_string_equal(info.spec.comment, "");
	}
	end(rs);
}

/* The last line, without a NUL, and behind it no memory. */
static void texts_end_where_the_arena_does(void **state)
{
	struct ruleset *rs = begin();
	uint32_t last = rs->t.max_lines - 1;
	struct rule *rule = tables_rule(&rs->t, 1);
	struct subject *subject = (struct subject *)decode_subject_at(&rs->t, tables_rule(&rs->t, 2)->subject);
	struct rule_info info;
	struct error err = {};
	struct draft draft = {};

	(void)state;
	memset(tables_line(&rs->t, last), 'y', sizeof(struct line));
	memset(tables_line(&rs->t, last), 0, 8); /* never expires */
	rule->action = action_make(VERDICT_BLOCK, EPERM, 128, PROTO_ANY, last);
	info = rule_in(rs, 1);
	assert_int_equal(strlen(info.spec.comment), sizeof(struct line) - 8);
	memset(tables_line(&rs->t, last), 'z', 8);
	subject->path_line = last;
	info = rule_in(rs, 2);
	assert_int_equal(strlen(info.spec.cgroup), sizeof(struct line));
	/* Whoever compiles anew copies it too. */
	MUST(draft_begin(&draft, &rs->t, &err));
	MUST(draft_add_current(&draft, &rs->t, -1, -1, &err));
	assert_int_equal(strlen(draft_extra(&draft, &draft.rules[1])->comment), sizeof(struct line) - 8);
	draft_free(&draft);
	end(rs);
}

/* Texts without a NUL, in the middle of others that have none either. */
static void texts_without_an_end_are_cut(void **state)
{
	struct ruleset *rs = begin();
	struct rule_info info;
	char name[SET_SIZE];
	const struct subject *subject;
	uint32_t last = rs->t.max_lines - 20;
	struct draft draft = {};
	struct error err = {};

	(void)state;
	for (uint32_t line = last; line < rs->t.max_lines; line++)
		memset(tables_line(&rs->t, line), 'y', sizeof(struct line));
	memset(tables_line(&rs->t, last), 0, 8); /* never expires */
	tables_rule(&rs->t, 4)->action = action_make(VERDICT_BLOCK, EPERM, 128, PROTO_ANY, last);
	info = rule_in(rs, 4);
	assert_int_equal(strlen(info.spec.comment), COMMENT_SIZE - 1);
	MUST(draft_begin(&draft, &rs->t, &err));
	MUST(draft_add_current(&draft, &rs->t, -1, -1, &err));
	assert_int_equal(strlen(draft_extra(&draft, &draft.rules[4])->comment), COMMENT_SIZE - 1);
	draft_free(&draft);
	subject = decode_subject_at(&rs->t, tables_rule(&rs->t, 2)->subject);
	assert_non_null(subject);
	assert_string_equal(decode_path(&rs->t, subject), "/a");
	((struct subject *)subject)->path_line = last + 1;
	info = rule_in(rs, 2);
	assert_int_equal(strlen(info.spec.cgroup), CGROUP_SIZE - 1);
	rs->t.header->set_line = last + 1;
	assert_true(decode_set_name(&rs->t, 1, name));
	assert_int_equal(strlen(name), SET_SIZE - 1);
	/* Nowhere at all. */
	((struct subject *)subject)->path_line = UINT32_MAX;
	assert_null(decode_path(&rs->t, subject));
	rs->t.header->set_line = UINT32_MAX;
	assert_false(decode_set_name(&rs->t, 1, name));
	assert_string_equal(name, "");
	rs->t.header->subject_line = UINT32_MAX / 2;
	assert_null(decode_subject_at(&rs->t, 1));
	end(rs);
}

static void hits_are_not_in_the_future(void **state)
{
	struct ruleset *rs = begin();
	struct rule_info info;

	(void)state;
	tables_set_counter(&rs->t, 1, &(struct counter){.hits = 3, .last_hit = 5ull << LAST_HIT_SHIFT});
	assert_true(decode_rule(&rs->t, 1, 1000ull << LAST_HIT_SHIFT, &info));
	assert_int_equal(info.hits, 3);
	assert_int_equal(info.last_hit, 5ull << LAST_HIT_SHIFT);
	assert_true(decode_rule(&rs->t, 1, 77, &info));
	assert_int_equal(info.last_hit, 77);
	assert_int_equal(rule_in(rs, 0).hits, 0);
	assert_int_equal(rule_in(rs, 2).hits, 0);
	assert_int_equal(tables_next_hit(&rs->t, 0), 1);
	assert_int_equal(tables_next_hit(&rs->t, 2), 5);
	end(rs);
}

static void rules_are_found_by_all_of_their_identity(void **state)
{
	static const char *const others[] = {"allow 10.0.0.0/9 port 80-90 proto udp set s",
					     "allow 10.0.0.0/8 port 81-90 proto udp set s",
					     "allow 10.0.0.0/8 port 80-91 proto udp set s",
					     "allow 10.0.0.0/8 port 80-90 proto tcp set s",
					     "allow 10.0.0.0/8 port 80-90 set s",
					     "block 1.1.1.1 uid 8",
					     "block 1.1.1.1",
					     "block 2.2.2.2 cgroup /a/b",
					     "block 3.3.3.3 uid 10-21",
					     "block 3.3.3.3 uid 10",
					     "allow 10.0.0.0/8 port 80-90 proto udp",
					     "allow 10.0.0.0/8 port 80-90 proto udp set t",
					     "block 1.1.1.1 uid 7 set s"};
	static const char *const same[] = {"block 10.0.0.0/8 port 80-90 proto udp set s", "audit 1.1.1.1 uid 7",
					   "block 2.2.2.2 cgroup /a", "allow 3.3.3.3 uid 10-20"};
	struct ruleset *rs = begin();
	struct rule_info info;
	struct rule_spec spec;

	(void)state;
	for (size_t i = 0; i < LENGTH(others); i++) {
		spec = spec_of(others[i]);
		assert_case(!ruleset_find(rs, &spec, &info), others[i]);
	}
	for (size_t i = 0; i < LENGTH(same); i++) {
		spec = spec_of(same[i]);
		assert_case(ruleset_find(rs, &spec, &info) && info.id == i + 1, same[i]);
	}
	assert_int_equal(encode_set(&rs->t, ""), 0);
	assert_int_equal(encode_set(&rs->t, "s"), 1);
	assert_int_equal(encode_set(&rs->t, "t"), -1);
	end(rs);
}

/* Each part of the action's word at its limits, beside the others at theirs. */
static void each_part_of_an_action_comes_back(void **state)
{
	static const uint32_t extras[] = {0, 1, UINT16_MAX + 1, INT32_MAX};

	(void)state;
	for (uint32_t bits = 0; bits < 64; bits++) {
		uint32_t verdict = bits & 1 ? VERDICT_AUDIT : VERDICT_ALLOW, error = bits & 2 ? 127 : 1,
			 len = bits & 4 ? 128 : 0;
		uint32_t proto = bits & 8 ? PROTO_ANY : bits & 16 ? PROTO_RAW : 0, extra = extras[bits >> 4];
		uint64_t action = action_make(verdict, error, len, proto, extra);

		assert_int_equal(action_verdict(action), verdict);
		assert_int_equal(action_errno(action), error);
		assert_int_equal(action_len(action), len);
		assert_int_equal(action_proto(action), proto);
		assert_int_equal(action_extra(action), extra);
	}
	for (uint32_t bits = 0; bits < 16; bits++) {
		uint32_t port = bits & 1 ? NO_PORT : 65535, proto = bits & 2 ? PROTO_ANY : 0, raw = bits >> 2 & 1;
		uint32_t call = call_make(port, proto, raw, bits >> 3 | 6); /* only the lowest bit is kept */

		assert_int_equal(call_port(call), port);
		assert_int_equal(call_proto(call), proto);
		assert_int_equal(call_raw(call), raw);
		assert_int_equal(call_generation(call), bits >> 3);
	}
	assert_int_equal(last_hit_of(0), 1); /* 0 is never */
	assert_int_equal(last_hit_of((1ull << LAST_HIT_SHIFT) - 1), 1);
	assert_int_equal(last_hit_of(1ull << LAST_HIT_SHIFT), 2);
}

static void extras_are_equal_by_both_of_their_parts(void **state)
{
	const struct extra a = {.expires = 1, .comment = "x"}, b = {.expires = 2, .comment = "x"},
			   c = {.expires = 1, .comment = "y"}, a_again = a, none = {};

	(void)state;
	assert_true(extra_equal(&a, &a_again));
	assert_false(extra_equal(&a, &b));
	assert_false(extra_equal(&a, &c));
	assert_true(extra_equal(NULL, NULL));
	assert_true(extra_equal(NULL, &none));
	assert_true(extra_equal(&none, NULL));
	assert_false(extra_equal(&a, NULL));
	assert_false(extra_equal(NULL, &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_in_comes_out),
		cmocka_unit_test(a_rule_is_over_at_its_very_instant),
		cmocka_unit_test(what_was_removed_is_not_there),
		cmocka_unit_test(unknown_numbers_become_a_block),
		cmocka_unit_test(a_line_past_the_arena_is_nothing),
		cmocka_unit_test(texts_end_where_the_arena_does),
		cmocka_unit_test(texts_without_an_end_are_cut),
		cmocka_unit_test(hits_are_not_in_the_future),
		cmocka_unit_test(rules_are_found_by_all_of_their_identity),
		cmocka_unit_test(each_part_of_an_action_comes_back),
		cmocka_unit_test(extras_are_equal_by_both_of_their_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
