// SPDX-License-Identifier: GPL-2.0-only
/* Rules for names: how names are told apart, and which rule decides, held against a naive matcher. */
#include "unit.h"
#include "memory.h"
#include "world.h"
#include "bpf/ruled.h"
#include "rule/name.h"
#include "table/decode.h"

static struct prefix name(const char *text)
{
	struct error err = {};
	struct prefix prefix = {.len = 128};

	assert_int_equal(name_parse(text, &prefix.ip, &err), 0);
	return prefix;
}

static void ids_sort_exact_before_wild_and_long_before_short(void **state)
{
	const char *const order[] = {"a.b.example", "b.example", "*.a.b.example", "*.b.example", "*.example"};
	struct prefix a = name("Www.Example."), b = name("www.example");

	(void)state;
	assert_true(prefix_equal(&a, &b));
	assert_string_equal(name_text(&a.ip), "www.example");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct prefix one = name(order[i]);

		assert_true(prefix_is_name(&one));
		assert_true(prefix_equal(&one, &(struct prefix){name_ip(name_id(&one.ip)), 128}));
		if (i) {
			struct prefix before = name(order[i - 1]);

			assert_true(name_id(&before.ip) > name_id(&one.ip));
		}
	}
}

static void bad_names_are_refused(void **state)
{
	static const char *const bad[] = {"*",		"*.",	       "a..example", "a_b.example", "-a.example",
					  "a-.example", "x.*.example", "*a.example", "example",	    "a.b c.example",
					  ".example",	"*.*.example"};
	char label[80];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = {};
		union ip ip;

		assert_int_equal(name_parse(bad[i], &ip, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
	}
	for (size_t len = 63; len <= 64; len++) {
		struct error err = {};
		union ip ip;

		memset(label, 'a', len);
		strcpy(label + len, ".example");
		assert_int_equal(name_parse(label, &ip, &err), len == 63 ? 0 : -1);
	}
	assert_false(name_is_meant("192.0.2.1"));
	assert_false(name_is_meant("192.0.2.x"));
	assert_false(name_is_meant("192.0.2.0/24"));
	assert_false(name_is_meant("localhost"));
	assert_true(name_is_meant("www.example."));
	assert_true(name_is_public_suffix("*.com"));
	assert_false(name_is_public_suffix("*.example.com"));
}

#define NAMES	      4
#define FOR_RESOLVERS NAMES /* behind the names */
#define RULES	      12

static const char *const texts[NAMES] = {"a.b.example", "b.example", "*.b.example", "*.example"};

/* The address, and the prefixes that cover it. */
static void any_destination(struct rule *rule, uint32_t *len, int *which, bool v4)
{
	static const uint32_t lens4[] = {128, 120, 104, 96}, lens6[] = {128, 64, 32, 0};
	union ip ip = {.b = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
	uint32_t n = (uint32_t)rand() % (4 + NAMES + 1);

	if (v4)
		ip = (union ip){.w = {0, 0, MAPPED_PREFIX, be32(0xc0000201)}};
	*which = n < 4 ? -1 : (int)n - 4;
	*len = n < 4 ? (v4 ? lens4 : lens6)[n] : 128;
	if (n < 4)
		ip_mask(&ip, *len);
	if (n >= 4)
		ip = *which == FOR_RESOLVERS ? name_ip(RESOLVERS_ID) : name(texts[*which]).ip;
	rule->ip = ip;
}

struct one {
	struct naive_rule naive;
	int name; /* -1: for an address */
	bool private;
};

/* Where a rule that decides for its destination stands: less comes first. */
static uint64_t place_of(const struct one *one, bool v4)
{
	bool lets = one->naive.verdict != VERDICT_BLOCK;

	if (one->name == FOR_RESOLVERS)
		return 50;
	if (one->name >= 0)
		return (lets ? 300 : 100) + (uint64_t)one->name;
	return one->naive.len == 128 ? 0 : one->naive.len > (v4 ? 96u : 0u) ? 200 + 128 - one->naive.len : 400;
}

/* Looks at all rules: the first of each destination, as if there were no other; then which of these comes first. */
static int naive_named(const struct one *all, uint32_t n, uint32_t has, bool local, const struct call *call, bool v4)
{
	int best = -1;

	for (uint32_t i = 0; i < n; i++) {
		bool first = true;
		struct call as = *call;

		as.ip = all[i].naive.ip;
		if (all[i].name < 0 ? !naive_matches(&all[i].naive, call)
				    : !(has >> all[i].name & 1) || !naive_matches(&all[i].naive, &as))
			continue;
		for (uint32_t j = 0; j < n && first; j++) {
			as.ip = all[j].naive.ip;
			first = j == i || all[j].naive.len != all[i].naive.len ||
				memcmp(&all[j].naive.ip, &all[i].naive.ip, 16) != 0 ||
				!naive_matches(&all[j].naive, &as) || !naive_before(&all[j].naive, &all[i].naive);
		}
		if (!first || (all[i].name >= 0 && all[i].name != FOR_RESOLVERS &&
			       all[i].naive.verdict != VERDICT_BLOCK && local && !all[i].private))
			continue;
		if (best < 0 || place_of(&all[i], v4) < place_of(&all[best], v4))
			best = (int)i;
	}
	return best;
}

static uint64_t ask(struct tables *t, const union ip *ip, const struct call *call)
{
	struct generation g = {.t = t};
	const struct query q = {.ip = *ip, .call = call_make(call->port, call->proto, call->raw, 0)};
	uint32_t root = subject_root(&g, t->header, SUBJECT_EVERYONE, 0, !ip_is_v4(ip));

	return walk(&g, trie_leaf(&g, root, ip), &q);
}

/* As ask_both() of the programs does. */
static uint64_t decide(struct tables *t, uint32_t has, bool local, const struct call *call)
{
	uint64_t best = ask(t, &call->ip, call), best_rank = address_rank(best, ip_is_v4(&call->ip));

	if (decides_alone(best))
		return best;
	if (has >> FOR_RESOLVERS & 1) {
		const union ip resolvers = name_ip(RESOLVERS_ID);
		uint64_t found = ask(t, &resolvers, call);

		if (is_broken(found) || is_for_name(found))
			return found;
	}
	for (uint32_t i = 0; i < NAMES; i++) {
		struct prefix as = name(texts[i]);
		uint64_t one = has >> i & 1 ? ask(t, &as.ip, call) : 0, rank;

		if (!is_broken(one) && !holds_for(one, local))
			continue;
		rank = name_rank(one, name_id(&as.ip));
		if (rank > best_rank) {
			best = one;
			best_rank = rank;
		}
	}
	return best;
}

static void decides_as_the_naive_matcher(void **state)
{
	uint32_t by_name = 0, by_address = 0;

	(void)state;
	srand(16);
	for (int turn = 0; turn < 4000; turn++) {
		static const struct subject_source everyone = {.kind = SUBJECT_EVERYONE};
		static const char sets[1][SET_SIZE];
		struct rule rules[RULES] = {}, *rule = rules;
		struct one all[RULES] = {};
		struct call call = {.port = 443, .proto = 6};
		bool v4 = turn & 1, local = rand() % 3 == 0;
		uint32_t has = (uint32_t)rand() % (2 << NAMES), n = 1 + (uint32_t)rand() % RULES;
		struct error err = {};
		struct tables t;
		uint64_t got;
		int wanted;

		for (uint32_t i = 0; i < n; i++, rule++) {
			enum verdict verdict = (enum verdict)(rand() % VERDICTS);
			uint32_t len;

			any_destination(rule, &len, &all[i].name, v4);
			all[i].private = rand() % 2;
			rule->port_lo = rand() % 2 ? 0 : 443;
			rule->port_hi = rule->port_lo ? 443 : 65535;
			rule->id = i + 1;
			rule->action = action_make(verdict, 1, len, rand() % 2 ? 6 : PROTO_ANY, 0) |
				       (all[i].private ? ACTION_PRIVATE : 0);
			all[i].naive = (struct naive_rule){.there = true,
							   .ip = rule->ip,
							   .len = len,
							   .port_lo = rule->port_lo,
							   .port_hi = rule->port_hi,
							   .proto = action_proto(rule->action),
							   .verdict = verdict};
			for (uint32_t j = 0; j < i; j++) { /* no two rules that nothing but their ids tell apart */
				if (rule_is_twin(&rules[j], rule)) {
					rule--;
					i--;
					n--;
					break;
				}
			}
		}
		call.ip = (union ip){.b = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
		if (v4)
			call.ip = (union ip){.w = {0, 0, MAPPED_PREFIX, be32(0xc0000201)}};
		assert_int_equal(memory_open(&t,
					     &(struct source){.rules = rules,
							      .n_rules = n,
							      .subjects = &everyone,
							      .n_subjects = 1,
							      .sets = sets,
							      .n_sets = 1},
					     0, 0, &err),
				 0);
		got = decide(&t, has, local, &call);
		wanted = naive_named(all, n, has, local, &call, v4);
		assert_int_equal(got ? (int)((uint32_t)got & ~REF_LEAF) : -1, wanted);
		by_name += wanted >= 0 && all[wanted].name >= 0;
		by_address += wanted >= 0 && all[wanted].name < 0;
		tables_close(&t);
	}
	assert_true(by_name > 500 && by_address > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_sort_exact_before_wild_and_long_before_short),
		cmocka_unit_test(bad_names_are_refused),
		cmocka_unit_test(decides_as_the_naive_matcher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
