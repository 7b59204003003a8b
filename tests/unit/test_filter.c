// SPDX-License-Identifier: GPL-2.0-only
/* The filters, as the programs read them and as the commands write them. */
#define BROKEN(...) fail_msg(__VA_ARGS__)
#include "unit.h"
#include "world.h"
#include "bpf/filter.h"
#include "rule/prefix.h"
#include "table/filter.h"

/* A call, and the widths of the filters. behind: asks what is behind FILTER_V4, in its place. */
struct asked {
	union ip ip;
	uint32_t port, shift4, mask6;
	bool behind;
};

/* Whether the bits from..to are among those that the programs read for the call. */
static int is_read(void *arg, enum filter filter, uint32_t from, uint32_t to)
{
	const struct asked *asked = arg;
	uint64_t high = be64(asked->ip.d[0]), hash = filter6_hash(high >> 32);
	uint32_t bits[2], n = 1;

	switch (filter) {
	case FILTER_V4:
		bits[0] = filter4_bit(asked->ip.w[3], asked->shift4);
		n = ip_is_v4(&asked->ip) && !asked->behind;
		break;
	case FILTER_ALL:
		bits[0] = filter4_all_bit(asked->ip.w[3], asked->shift4);
		n = ip_is_v4(&asked->ip) && asked->behind;
		break;
	case FILTER_FEW:
		bits[0] = filter4_few_bit(be32(asked->ip.w[3]) >> 8, asked->port);
		n = ip_is_v4(&asked->ip) && asked->behind;
		break;
	case FILTER_V6:
		bits[0] = filter6_word(hash, asked->mask6) * 32 + filter6_bit(hash);
		bits[1] = filter6_word(filter6_hash(high >> 16), asked->mask6) * 32 + filter6_bit(hash);
		n = ip_is_v4(&asked->ip) ? 0 : 2;
		break;
	case FILTER_SHORT:
		bits[0] = ip_is_v4(&asked->ip) ? UINT32_MAX : filter6_short_byte(high) * 8;
		break;
	case FILTER_PORTS:
		bits[0] = asked->port;
		break;
	default:
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (bits[i] >= from && bits[i] <= to)
			return 1;
	}
	return 0;
}

static bool mentions(const struct mention *m, const struct asked *asked)
{
	return mention_each(m, asked->shift4, asked->mask6, is_read, (void *)asked);
}

/* Whether a rule mentions the call, and its port behind the address. */
static bool mentions_both(const struct mention *m, struct asked *asked)
{
	bool near = mentions(m, asked);

	asked->behind = true;
	near = near && mentions(m, asked);
	asked->behind = false;
	return near;
}

/* Some bit that a call reads is among those of each rule that matches it: at both ends of its prefix and between. */
static void a_rule_has_the_bits_of_its_calls(void **state)
{
	uint64_t random = 3;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		bool v4 = i % 2, ports = i % 3 == 0;
		struct asked asked = {.shift4 = filter4_shift(unit_random(&random) >> (44 + i % 20)),
				      .mask6 = filter6_mask(unit_random(&random) >> (44 + i % 20))};
		struct mention m = {.ip.w = {v4 ? 0 : (__u32)(unit_random(&random) >> 7),
					     v4 ? 0 : (__u32)(unit_random(&random) >> 7), v4 ? MAPPED_PREFIX : 0,
					     (__u32)(unit_random(&random) >> 7)},
				    .len = v4 ? 96 + unit_random(&random) % 33 : unit_random(&random) % 129,
				    .port_hi = UINT16_MAX};
		union ip end;

		asked.port = (uint32_t)unit_random(&random) >> 16;
		if (ports) {
			m.port_lo = (uint16_t)(asked.port - asked.port % 100);
			m.port_hi = (uint16_t)(asked.port | 3);
			if (i % 2)
				m.port_lo = m.port_hi = (uint16_t)asked.port;
		}
		ip_mask(&m.ip, m.len);
		end = ip_last(m.ip, m.len);
		asked.ip = m.ip;
		assert_true(mentions_both(&m, &asked));
		for (int word = v4 ? 3 : 0; word < 4; word++)
			asked.ip.w[word] = m.ip.w[word] | (end.w[word] & (__u32)(unit_random(&random) >> 7));
		assert_true(mentions_both(&m, &asked));
		asked.ip = end;
		assert_true(mentions_both(&m, &asked));
		asked.port = NO_PORT;
		assert_true(ports || mentions(&m, &asked));
	}
	/* Few rules use few bits; a million use all. */
	assert_int_equal(filter4_shift(0), 22);
	assert_int_equal(filter4_shift(16), 22);
	assert_int_equal(filter4_shift(17), 21);
	assert_int_equal(filter4_shift(1000000), 8);
	assert_int_equal(filter6_mask(0), (1 << 11) - 1);
	assert_int_equal(filter6_mask(UINT32_MAX), FILTER_WORDS(FILTER6_BITS) - 1);
}

/* A rule with ports for nearly all addresses is near the calls to its ports alone; NO_PORT means any of these. */
static void wide_rules_are_near_their_ports_alone(void **state)
{
	const struct mention any4 = {.ip.w = {0, 0, MAPPED_PREFIX, 0}, .len = 96, .port_lo = 25, .port_hi = 26},
			     any6 = {.len = 0, .port_lo = 25, .port_hi = 26};
	struct asked v4 = {.ip.w = {0, 0, MAPPED_PREFIX, be32(0x01020304)}, .port = 25, .shift4 = 8, .mask6 = 32767},
		     v6 = {.ip.w = {be32(0x20010db8), 1, 2, 3}, .port = 26, .shift4 = 8, .mask6 = 32767};

	(void)state;
	assert_true(mentions(&any4, &v4) && mentions(&any6, &v6));
	v4.port = v6.port = NO_PORT;
	assert_true(mentions(&any4, &v4) && mentions(&any6, &v6));
	v4.port = 24;
	v6.port = 27;
	assert_false(mentions(&any4, &v4) || mentions(&any6, &v6));
}

/* A rule for few ports is near its address, but not behind that for another port; one for many or all ports is. */
static void rules_for_few_ports_are_near_these(void **state)
{
	const struct mention few = {
		.ip.w = {0, 0, MAPPED_PREFIX, be32(0xc6336400)}, .len = 96 + 22, .port_lo = 25, .port_hi = 26};
	const struct mention many = {.ip = few.ip, .len = few.len, .port_lo = 25, .port_hi = 25 + 1024};
	struct asked asked = {.ip.w = {0, 0, MAPPED_PREFIX, be32(0xc6336701)}, .port = 26, .shift4 = 8};

	(void)state;
	assert_true(mentions_both(&few, &asked) && mentions_both(&many, &asked));
	asked.port = 27;
	assert_true(mentions(&few, &asked) && !mentions_both(&few, &asked) && mentions_both(&many, &asked));
	asked.port = 2000;
	assert_true(!mentions_both(&few, &asked) && mentions_both(&many, &asked));
}

/* A country's list of IPv6 prefixes leaves nearly all other networks alone, in 2001::/16 too. */
static void few_other_networks_are_near(void **state)
{
	uint64_t random = 5;
	int near = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		const struct mention m = {
			.ip.w = {be32(0x20010000 | (__u32)(unit_random(&random) >> 40 & 0x7fff)), 0, 0, 0},
			.len = 32,
			.port_hi = UINT16_MAX};
		const struct asked other = {
			.ip.w = {be32(0x20018000 | (__u32)(unit_random(&random) >> 40 & 0x7fff)), 7, 7, 7},
			.port = 443,
			.mask6 = FILTER_WORDS(FILTER6_BITS) - 1};

		near += mentions(&m, &other);
	}
	assert_true(near < 3);
	/* Nor is the rest of a /32 near one of its /48s. */
	assert_false(mentions(
		&(struct mention){.ip.w = {be32(0x20010db8), be32(0x00010000)}, .len = 48, .port_hi = UINT16_MAX},
		&(struct asked){.ip.w = {be32(0x20010db8), be32(0x00020000), 0, 1},
				.port = 443,
				.mask6 = FILTER_WORDS(FILTER6_BITS) - 1}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_has_the_bits_of_its_calls),
		cmocka_unit_test(wide_rules_are_near_their_ports_alone),
		cmocka_unit_test(rules_for_few_ports_are_near_these),
		cmocka_unit_test(few_other_networks_are_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
