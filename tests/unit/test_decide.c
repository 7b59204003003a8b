// SPDX-License-Identifier: GPL-2.0-only
/* The decision walk that runs in the kernel, compiled here against rules of the test's own. */
#include "unit.h"
#include <errno.h>
#include <arpa/inet.h>
#include "bpf/decide.h"

#define MAX_RULES 4

/* The rules, for single addresses; the slot is the place in the list. No rule: the default. */
static struct {
	union ip ip;
	enum verdict verdict;
} rules[MAX_RULES];
static size_t n_rules;
static enum verdict default_verdict;

/* What rule_for() was asked, as text with commas between. */
static char asked[256];
/* And for what call: protocol, port, lowest bit of the generation. */
static char seen[256];

static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, ip->b, text, sizeof(text));
	snprintf(asked + strlen(asked), sizeof(asked) - strlen(asked), "%s%s", asked[0] ? "," : "", text);
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%u:%u:%u", seen[0] ? "," : "",
		 call_proto(d->call), call_port(d->call), call_generation(d->call));
	for (size_t i = 0; i < n_rules; i++) {
		if (!memcmp(&rules[i].ip, ip, sizeof(*ip))) {
			*action = action_make(rules[i].verdict, EACCES, 128, PROTO_ANY, 0);
			return (__u32)i;
		}
	}
	*action = action_make(default_verdict, EPERM, 0, PROTO_ANY, 0);
	return NO_SLOT;
}

static union ip v6(const char *text)
{
	union ip ip;

	assert_int_equal(inet_pton(AF_INET6, text, ip.b), 1);
	return ip;
}

static __be32 v4(const char *text)
{
	__be32 address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	return address;
}

static int forget(void **state)
{
	(void)state;
	n_rules = 0;
	default_verdict = VERDICT_ALLOW;
	asked[0] = seen[0] = '\0';
	return 0;
}

static void rule(const char *address, enum verdict verdict)
{
	rules[n_rules].ip = v6(address);
	rules[n_rules++].verdict = verdict;
}

static struct decision decide4(const char *address)
{
	struct decision d = {};

	asked[0] = seen[0] = '\0';
	judge_v4(&d, v4(address));
	return d;
}

static struct decision decide6(const char *address)
{
	const union ip ip = v6(address);
	struct decision d = {};

	asked[0] = seen[0] = '\0';
	judge_v6(&d, &ip);
	return d;
}

static void an_ipv4_address_is_looked_up_in_the_one_space(void **state)
{
	(void)state;
	decide4("1.1.1.1");
	assert_string_equal(asked, "::ffff:1.1.1.1");
	decide4("255.255.255.255");
	assert_string_equal(asked, "::ffff:255.255.255.255");
	decide4("0.0.0.1");
	assert_string_equal(asked, "::ffff:0.0.0.1");
}

static void no_address_is_loopback(void **state)
{
	(void)state;
	decide4("0.0.0.0");
	assert_string_equal(asked, "::ffff:127.0.0.1");
	decide6("::");
	assert_string_equal(asked, "::1");
	decide6("::ffff:0.0.0.0");
	assert_string_equal(asked, "::ffff:127.0.0.1");
}

/* As the hooks ask, which refuse them where they may stand for something else. */
static void no_address_has_three_forms(void **state)
{
	static const char *const none[] = {"::", "::ffff:0.0.0.0"};
	static const char *const some[] = {"::1", "::ffff:0.0.0.1", "::fffe:0:0", "::ffff", "1::", "0:0:0:1::"};

	(void)state;
	for (size_t i = 0; i < LENGTH(none); i++) {
		const union ip ip = v6(none[i]);

		assert_true(ip_is_any(&ip));
	}
	for (size_t i = 0; i < LENGTH(some); i++) {
		const union ip ip = v6(some[i]);

		assert_false(ip_is_any(&ip));
	}
}

static void link_local_addresses_are_a_prefix_of_ten_bits(void **state)
{
	static const char *const in[] = {"fe80::", "fe80::1", "febf:ffff::1"};
	static const char *const out[] = {"fe7f::1", "fec0::1", "::fe80", "ff02::1", "::ffff:254.128.0.1"};

	(void)state;
	for (size_t i = 0; i < LENGTH(in); i++) {
		const union ip ip = v6(in[i]);

		assert_true(ip_is_link_local(&ip));
	}
	for (size_t i = 0; i < LENGTH(out); i++) {
		const union ip ip = v6(out[i]);

		assert_false(ip_is_link_local(&ip));
	}
}

static void an_ipv6_address_is_itself(void **state)
{
	static const char *const addresses[] = {
		"::1",
		"2001:db8::1",
		"fe80::1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		/* Beside IPv4's block, and forms that only look like it. */
		"::fffe:101:101",
		"::1:0:101:101",
		"1::ffff:101:101",
		"0:1::ffff:101:101",
		"::101:101",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(addresses); i++) {
		union ip asked_for, given = v6(addresses[i]);

		decide6(addresses[i]);
		assert_int_equal(inet_pton(AF_INET6, asked, asked_for.b), 1);
		assert_memory_equal(&asked_for, &given, sizeof(given));
	}
}

static void a_mapped_address_is_ipv4(void **state)
{
	(void)state;
	decide6("::ffff:1.1.1.1");
	assert_string_equal(asked, "::ffff:1.1.1.1");
	rule("::ffff:1.1.1.1", VERDICT_BLOCK);
	assert_int_equal(decide6("::ffff:1.1.1.1").slot, 0);
	assert_int_equal(decide4("1.1.1.1").slot, 0);
	/* The compatible form is another address. */
	assert_int_equal(decide6("::1.1.1.1").slot, NO_SLOT);
}

static void no_rule_means_the_default(void **state)
{
	(void)state;
	for (default_verdict = VERDICT_ALLOW; default_verdict <= VERDICT_BLOCK; default_verdict++) {
		struct decision d = decide4("1.1.1.1");

		assert_int_equal(d.slot, NO_SLOT);
		assert_int_equal(action_verdict(d.action), default_verdict);
		assert_int_equal(action_errno(d.action), EPERM);
		assert_int_equal(d.judged, 1);
	}
}

static void the_strictest_verdict_wins(void **state)
{
	/* The verdict on the address as IPv4, as IPv6, and whose it is that counts. */
	static const struct {
		enum verdict first, second;
		__u32 slot;
	} cases[] = {
		{VERDICT_ALLOW, VERDICT_ALLOW, 0}, {VERDICT_ALLOW, VERDICT_AUDIT, 1}, {VERDICT_ALLOW, VERDICT_BLOCK, 1},
		{VERDICT_AUDIT, VERDICT_ALLOW, 0}, {VERDICT_AUDIT, VERDICT_AUDIT, 0}, {VERDICT_AUDIT, VERDICT_BLOCK, 1},
		{VERDICT_BLOCK, VERDICT_ALLOW, 0}, {VERDICT_BLOCK, VERDICT_AUDIT, 0}, {VERDICT_BLOCK, VERDICT_BLOCK, 0},
	};
	const union ip second = v6("2001:db8::1");

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		enum verdict wanted = cases[i].slot ? cases[i].second : cases[i].first;
		struct decision d = {};

		n_rules = 0;
		rule("::ffff:192.0.2.1", cases[i].first);
		rule("2001:db8::1", cases[i].second);
		judge_v4(&d, v4("192.0.2.1"));
		judge_v6(&d, &second);
		assert_int_equal(action_verdict(d.action), wanted);
		assert_int_equal(action_errno(d.action), EACCES);
		assert_int_equal(d.slot, cases[i].slot);
		assert_int_equal(d.judged, 2);
	}
}

static void an_allowed_candidate_does_not_open_another(void **state)
{
	const union ip second = v6("2001:db8::1");
	struct decision d;

	(void)state;
	default_verdict = VERDICT_BLOCK;
	rule("::ffff:127.0.0.1", VERDICT_ALLOW);
	d = decide4("0.0.0.0");
	assert_int_equal(action_verdict(d.action), VERDICT_ALLOW);
	assert_int_equal(d.slot, 0);
	judge_v6(&d, &second);
	assert_int_equal(action_verdict(d.action), VERDICT_BLOCK);
	assert_int_equal(d.slot, NO_SLOT);
}

static void candidates_of_two_families_add_up(void **state)
{
	/* As for an AF_UNSPEC address in a send: judged as IPv4 and as IPv6. */
	const union ip address = v6("2001:db8::1");
	struct decision d = {};

	(void)state;
	rule("2001:db8::1", VERDICT_BLOCK);
	rule("::ffff:1.1.1.1", VERDICT_ALLOW);
	judge_v4(&d, v4("1.1.1.1"));
	assert_int_equal(d.slot, 1);
	judge_v6(&d, &address);
	assert_int_equal(d.slot, 0);
	assert_int_equal(action_verdict(d.action), VERDICT_BLOCK);
	assert_int_equal(d.judged, 2);
}

/* A verdict has two bits; the fourth value is unused. */
static void a_verdict_that_nobody_knows_is_the_strictest(void **state)
{
	(void)state;
	assert_true(severity(VERDICT_ALLOW) < severity(VERDICT_AUDIT));
	assert_true(severity(VERDICT_AUDIT) < severity(VERDICT_BLOCK));
	assert_int_equal(severity(VERDICTS), severity(VERDICT_BLOCK));
	/* Nothing else in the action makes a verdict milder or stricter. */
	for (__u32 verdict = 0; verdict <= VERDICTS; verdict++)
		assert_int_equal(severity(action_make(verdict, 127, 128, PROTO_ANY, UINT32_MAX)), severity(verdict));
}

static void an_action_holds_all_of_its_parts(void **state)
{
	static const __u32 lens[] = {0, 1, 96, 127, 128}, protos[] = {0, 6, 255, PROTO_RAW, PROTO_ANY};
	static const __u32 extras[] = {0, 1, INT32_MAX, UINT32_MAX};

	(void)state;
	for (__u32 verdict = 0; verdict < VERDICTS; verdict++) {
		for (__u32 error = 0; error <= 127; error++) {
			for (size_t i = 0; i < LENGTH(lens) * LENGTH(protos) * LENGTH(extras); i++) {
				__u32 len = lens[i % LENGTH(lens)];
				__u32 proto = protos[i / LENGTH(lens) % LENGTH(protos)];
				__u32 extra = extras[i / LENGTH(lens) / LENGTH(protos)];
				__u64 action = action_make(verdict, error, len, proto, extra);

				assert_int_equal(action_verdict(action), verdict);
				assert_int_equal(action_errno(action), error);
				assert_int_equal(action_len(action), len);
				assert_int_equal(action_proto(action), proto);
				assert_int_equal(action_extra(action), extra);
			}
		}
	}
	assert_true(CANARY_ERRNO > 127); /* so that no rule can pass for the test that load makes */
}

static void what_a_rule_is_looked_up_by_is_left_alone(void **state)
{
	const union ip any = {};
	const struct decision given = {.call = call_make(53, 17, 0, 7)};
	struct decision d = given;

	(void)state;
	judge_v4(&d, 0);
	judge_v6(&d, &any);
	assert_int_equal(d.judged, 2);
	assert_int_equal(d.call, given.call);
	assert_string_equal(seen, "17:53:1,17:53:1");
}

static void only_prefixes_within_ipv4s_block_are_ipv4s(void **state)
{
	const union ip mapped = v6("::ffff:0.0.0.0"), beside = v6("::fffe:0:0"), none = {};

	(void)state;
	assert_true(prefix_is_v4(&mapped, 96));
	assert_true(prefix_is_v4(&mapped, 128));
	assert_false(prefix_is_v4(&mapped, 95));
	assert_false(prefix_is_v4(&beside, 96));
	assert_false(prefix_is_v4(&none, 0));
	assert_false(prefix_is_v4(&none, 96));
	assert_int_equal(be32(0x7f000001), htonl(0x7f000001));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_ipv4_address_is_looked_up_in_the_one_space, forget),
		cmocka_unit_test_setup(no_address_is_loopback, forget),
		cmocka_unit_test_setup(an_ipv6_address_is_itself, forget),
		cmocka_unit_test_setup(a_mapped_address_is_ipv4, forget),
		cmocka_unit_test_setup(no_address_has_three_forms, forget),
		cmocka_unit_test_setup(link_local_addresses_are_a_prefix_of_ten_bits, forget),
		cmocka_unit_test_setup(no_rule_means_the_default, forget),
		cmocka_unit_test_setup(the_strictest_verdict_wins, forget),
		cmocka_unit_test_setup(an_allowed_candidate_does_not_open_another, forget),
		cmocka_unit_test_setup(candidates_of_two_families_add_up, forget),
		cmocka_unit_test_setup(a_verdict_that_nobody_knows_is_the_strictest, forget),
		cmocka_unit_test_setup(an_action_holds_all_of_its_parts, forget),
		cmocka_unit_test_setup(what_a_rule_is_looked_up_by_is_left_alone, forget),
		cmocka_unit_test_setup(only_prefixes_within_ipv4s_block_are_ipv4s, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
