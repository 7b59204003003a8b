// SPDX-License-Identifier: GPL-2.0-only
/* Rules become tables that say what the rules say: held against naive.h, which looks at all of them. */
#define BROKEN(...) fail_msg(__VA_ARGS__)
#include "unit.h"
#include "world.h"
#include "rule/prefix.h"
#include "table/compile.h"
#include "table/find.h"

static const struct subject_source everyone = {.kind = SUBJECT_EVERYONE};
static char no_sets[1][SET_SIZE];

static struct rule rule_for(const char *prefix, uint32_t proto, uint16_t port_lo, uint16_t port_hi)
{
	static uint32_t id;
	struct prefixes list = {};
	struct error err = {};
	struct rule rule = {.port_lo = port_lo, .port_hi = port_hi, .id = ++id};

	if (prefixes_parse(&list, prefix, &err) || list.n != 1)
		fail_msg("%s: %s", prefix, err.text);
	rule.ip = list.at[0].ip;
	rule.action = action_make(VERDICT_BLOCK, 1, list.at[0].len, proto, 0);
	prefixes_free(&list);
	return rule;
}

static struct rule rule_about(const char *prefix)
{
	return rule_for(prefix, PROTO_ANY, 0, 65535);
}

static struct source source_of(struct rule *rules, uint32_t n)
{
	return (struct source){
		.rules = rules, .n_rules = n, .subjects = &everyone, .n_subjects = 1, .sets = no_sets, .n_sets = 1};
}

static void open_or_fail(struct tables *t, const struct source *source)
{
	struct error err = {};

	if (memory_open(t, source, 0, 0, &err))
		fail_msg("%s", err.text);
}

static struct call call_to(const char *address)
{
	struct rule rule = rule_about(address);

	return (struct call){.ip = rule.ip, .proto = 6, .port = 443, .now = WORLD_NOW};
}

static int64_t decide(struct tables *t, const char *address)
{
	struct call call = call_to(address);

	return memory_decide(t, &call);
}

/* Rulesets of up to 48 rules that have much to do with one another, and one call for each end of each prefix. */
static void any_rules(void **state)
{
	static struct world w;
	uint64_t random = 42;
	uint32_t found[2] = {}, hidden = 0;

	(void)state;
	for (int run = 0; run < 2000; run++) {
		struct error err = {};
		uint8_t bytes[16 * WORLD_RULES];
		uint32_t n;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(unit_random(&random) >> 32);
		w = (struct world){.bytes = bytes, .left = sizeof(bytes), .dice = random};
		for (n = world_choose(&w, WORLD_RULES + 1); n; n--) {
			struct rule rule = world_rule(&w);
			struct extra extra = world_extra(&w);

			if (world_find(&w, &rule) >= 0)
				continue;
			rule.id = ++w.last_id;
			world_put(&w, w.n++, &rule, &extra);
		}
		if (world_compile(&w, 0, 0, &err))
			fail_msg("%s", err.text);
		hidden += world_hides(&w);
		for (uint32_t i = 0; i < w.n; i++)
			assert_int_equal(find_rule(&w.t, &w.rules[i]), i);
		for (uint32_t i = 0; i < 2 * w.n; i++)
			world_calls_around(&w, &w.rules[i % w.n], 4);
		for (uint32_t i = 0; i < 32; i++)
			world_call(&w, world_ip(&w, i % 4), NULL);
		world_check_rules(&w);
		world_check_calls(&w, "compiled");
		world_check_near(&w);
		for (uint32_t i = 0; i < w.n_calls; i++)
			found[memory_decide(&w.t, &w.calls[i]) >= 0]++;
		tables_close(&w.t);
	}
	/* Neither is rare, or else nothing was tested. */
	assert_true(found[0] > 10000 && found[1] > 10000);
	assert_true(hidden > 500);
}

/* Enough rules for the sort by digits, for full nodes and for wide filters. */
static void many_rules(void **state)
{
	enum {
		N = 20000
	};
	struct rule *rules = calloc(N, sizeof(*rules));
	struct naive_rule *naive = calloc(N, sizeof(*naive));
	struct source source = source_of(rules, N);
	uint64_t random = 7;
	struct tables t;

	(void)state;
	assert_true(rules && naive);
	for (uint32_t i = 0; i < N; i++) {
		/* All addresses of 10.0.0.0/20, then prefixes anywhere, and an IPv6 one in four. */
		uint32_t len = i < 4096 ? 128 : 128 - unit_random(&random) % 17;
		uint32_t v4 = i < 4096 ? 0x0a000000 + i : (uint32_t)unit_random(&random);

		rules[i] = (struct rule){.ip.w = {0, 0, MAPPED_PREFIX, be32(v4)}, .port_hi = 65535, .id = i + 1};
		if (i >= 4096 && i % 4 == 0)
			rules[i].ip = (union ip){.w = {be32(0x20010db8), be32(v4 >> 24), 0, be32(v4)}};
		ip_mask(&rules[i].ip, len);
		rules[i].action = action_make(VERDICT_BLOCK, 1, len, PROTO_ANY, 0);
		naive[i] = world_naive(&rules[i], &(struct extra){});
	}
	open_or_fail(&t, &source);
	for (uint32_t i = 0; i < N; i += 32) {
		uint32_t len = action_len(rules[i].action);
		struct call call = {.ip = rules[i].ip, .proto = 6, .port = 1};

		assert_int_equal(memory_decide(&t, &call), naive_decide(naive, N, &call));
		call.ip = ip_last(rules[i].ip, len);
		assert_int_equal(memory_decide(&t, &call), naive_decide(naive, N, &call));
		call.ip = ip_step(call.ip, 1);
		assert_int_equal(memory_decide(&t, &call), naive_decide(naive, N, &call));
	}
	tables_close(&t);
	free(rules);
	free(naive);
}

static void a_rule_of_the_whole_family(void **state)
{
	struct rule rules[] = {rule_about("0.0.0.0/0"), rule_about("::/0"), rule_about("1.2.3.4"),
			       rule_about("::fffe:0:0/95"), rule_about("::/96")};
	struct source source = source_of(rules, LENGTH(rules));
	struct tables t;

	(void)state;
	open_or_fail(&t, &source);
	assert_int_equal(decide(&t, "1.2.3.4"), 2);
	assert_int_equal(decide(&t, "1.2.3.5"), 0);
	assert_int_equal(decide(&t, "255.255.255.255"), 0);
	assert_int_equal(decide(&t, "2001:db8::1"), 1);
	assert_int_equal(decide(&t, "::1"), 4);
	/* An IPv6 prefix around the IPv4 addresses does not cover them. */
	assert_int_equal(decide(&t, "::fffe:1.2.3.4"), 3);
	assert_int_equal(decide(&t, "::ffff:1.2.3.4"), 2);
	tables_close(&t);
}

static void no_rules(void **state)
{
	struct source source = source_of(NULL, 0);
	struct tables t;

	(void)state;
	open_or_fail(&t, &source);
	assert_int_equal(decide(&t, "1.2.3.4"), -1);
	assert_int_equal(decide(&t, "::1"), -1);
	assert_int_equal(t.header->rules, 0);
	tables_close(&t);
}

/* n rules that are looked at one after the other for 10.0.0.1: half of its prefix, half of the one around it. */
static int compile_path(uint32_t n, struct tables *t, struct error *err)
{
	struct rule rules[WALK_STEPS + 1];
	struct source source = source_of(rules, n);

	for (uint32_t i = 0; i < n; i++)
		rules[i] = rule_for(i % 2 ? "10.0.0.1" : "10.0.0.0/24", 6, (uint16_t)(1000 + i), (uint16_t)(1000 + i));
	return memory_open(t, &source, 0, 0, err);
}

static void as_many_rules_as_are_looked_at(void **state)
{
	struct error err = {};
	struct call call = call_to("10.0.0.1");
	struct tables t;

	(void)state;
	if (compile_path(WALK_STEPS, &t, &err))
		fail_msg("%s", err.text);
	for (uint32_t i = 0; i < WALK_STEPS; i++) {
		call.port = 1000 + i;
		assert_int_equal(memory_decide(&t, &call), i);
	}
	call.port = 999;
	assert_int_equal(memory_decide(&t, &call), -1);
	tables_close(&t);
	assert_int_equal(compile_path(WALK_STEPS + 1, &t, &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_in(err.text, "more than 128 rules");
}

/* Finds each subject, and no other, however many exist. */
static void subjects_are_found(void **state)
{
	static const uint32_t numbers[] = {2, 3, 17, 1000, 65536};
	struct error err = {};

	(void)state;
	for (size_t k = 0; k < LENGTH(numbers); k++) {
		uint32_t n = numbers[k];
		struct subject_source *subjects = calloc(n, sizeof(*subjects));
		struct rule *rules = calloc(n, sizeof(*rules));
		char(*paths)[16] = calloc(n, sizeof(*paths));
		struct source source = source_of(rules, n);
		struct call call = call_to("1.1.1.1");
		struct tables t;

		assert_true(subjects && rules && paths);
		source.subjects = subjects;
		source.n_subjects = n;
		for (uint32_t i = 0; i < n; i++) {
			snprintf(paths[i], sizeof(paths[i]), "/%u", i);
			subjects[i] = (struct subject_source){.kind = !i      ? SUBJECT_EVERYONE
								      : i % 2 ? SUBJECT_UID
									      : SUBJECT_CGROUP,
							      .id = i / 2,
							      .path = i && i % 2 == 0 ? paths[i] : NULL};
			rules[i] = rule_about("1.1.1.1");
			rules[i].subject = (uint16_t)i;
		}
		if (memory_open(&t, &source, 0, 0, &err))
			fail_msg("%s", err.text);
		assert_int_equal(t.header->cgroups != 0, n > 2);
		assert_true(t.header->hash_mask < 32 * n); /* the table is not simply very large */
		for (uint32_t i = 1; i < n; i++)
			assert_int_equal(memory_ask(&t, &call, subjects[i].kind, i % 2 ? subjects[i].id : i),
					 REF_LEAF | i);
		for (uint32_t i = 2; i < n; i += 2) {
			uint32_t place = place_of_child(&t, t.header->cgroups, 1, paths[i] + 1);

			assert_int_equal(memory_ask_place(&t, &call, place), REF_LEAF | i);
		}
		assert_int_equal(memory_ask(&t, &call, SUBJECT_EVERYONE, 0), REF_LEAF);
		for (uint32_t i = 0; i < 1000; i++)
			assert_int_equal(memory_ask(&t, &call, SUBJECT_UID, 0x10000 + i), 0);
		free(paths);
		tables_close(&t);
		free(subjects);
		free(rules);
	}
}

static void words_that_rules_share(void **state)
{
	static char sets[][SET_SIZE] = {"", "one", "a-name-of-thirty-one-characters"};
	struct extra extras[] = {{.expires = 5}, {.comment = "hello"}, {.comment = "hello"}, {.expires = 7}};
	struct rule rules[] = {rule_about("1.0.0.0"), rule_about("2.0.0.0"), rule_about("3.0.0.0"),
			       rule_about("4.0.0.0"), rule_about("5.0.0.0")};
	struct source source = source_of(rules, LENGTH(rules));
	struct tables t;

	(void)state;
	for (uint32_t i = 0; i < LENGTH(extras); i++)
		rules[i].action |= (uint64_t)(i + 1) << 32;
	source.extras = extras;
	source.sets = sets;
	source.n_sets = LENGTH(sets);
	open_or_fail(&t, &source);
	assert_int_equal(t.header->expiring, 2);
	assert_int_equal(t.header->sets, LENGTH(sets));
	for (uint32_t i = 0; i < LENGTH(sets); i++)
		assert_string_equal(
			mapped_at(&t.arena, t.header->set_line * sizeof(struct line) + i * SET_SIZE, SET_SIZE),
			sets[i]);
	for (uint32_t i = 0; i < LENGTH(extras); i++) {
		const struct extra *extra = (const struct extra *)tables_line(&t, action_extra(rules[i].action));

		assert_non_null(extra);
		assert_int_equal(extra->expires, extras[i].expires);
		assert_string_equal(extra->comment, extras[i].comment);
	}
	assert_int_equal(action_extra(rules[1].action), action_extra(rules[2].action));
	assert_int_equal(action_extra(rules[4].action), 0);
	tables_close(&t);
}

static void an_arena_keeps_its_memory(void **state)
{
	struct arena arena = {};
	const struct line *lines;

	(void)state;
	arena_reserve(&arena, 100);
	lines = arena.lines;
	assert_int_equal(arena_lines(&arena, 3), 0);
	memset(arena_line(&arena, 2), 'x', sizeof(struct line));
	arena_reserve(&arena, 50);
	assert_ptr_equal(arena.lines, lines);
	arena_reserve(&arena, 100000);
	assert_true(arena.room >= 100000);
	assert_int_equal(*(const char *)arena_line(&arena, 2), 'x');
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_rules),
		cmocka_unit_test(many_rules),
		cmocka_unit_test(a_rule_of_the_whole_family),
		cmocka_unit_test(no_rules),
		cmocka_unit_test(as_many_rules_as_are_looked_at),
		cmocka_unit_test(subjects_are_found),
		cmocka_unit_test(words_that_rules_share),
		cmocka_unit_test(an_arena_keeps_its_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
