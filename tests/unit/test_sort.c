// SPDX-License-Identifier: GPL-2.0-only
/* Sorts rules of many shapes, and looks whether each comes before the next. */
#include "unit.h"
#include <stdlib.h>
#include <string.h>
#include "table/sort.h"

#define N 20000

static struct rule rules[N];
static struct item items[N];

static uint8_t byte(void)
{
	return (uint8_t)(rand() >> 8);
}

/* Addresses that differ from the byte `from` on, in `alike` of its values. */
static void fill(uint32_t from, uint32_t alike, bool v4)
{
	for (uint32_t i = 0; i < N; i++) {
		struct rule *rule = &rules[i];
		uint32_t len = 128 - (uint32_t)(rand() % 3) * 8;

		*rule = (struct rule){.port_hi = UINT16_MAX, .id = i + 1};
		memset(&rule->ip, 0x20, sizeof(rule->ip));
		for (uint32_t k = from; k < 16; k++)
			rule->ip.b[k] = k == from && alike ? (uint8_t)(byte() % alike) : byte();
		if (v4)
			memcpy(&rule->ip, (const uint8_t[12]){[10] = 0xff, 0xff}, 12);
		for (uint32_t k = len / 8; k < 16; k++)
			rule->ip.b[k] = 0;
		rule->subject = i % 50 ? 0 : (uint16_t)(i % 3);
		rule->port_lo = rule->port_hi = (uint16_t)(rand() % 3);
		rule->action = action_make((uint32_t)rand() % 3, 1, len, PROTO_ANY, 0);
	}
}

static void is_sorted(uint32_t n)
{
	static bool seen[N];

	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < n; i++) {
		const struct rule *rule = &rules[items[i].slot];
		const struct item item = item_of(rule, items[i].slot);
		int diff = i ? item_compare(&items[i - 1], &items[i]) : -1;

		assert_false(seen[items[i].slot]);
		seen[items[i].slot] = true;
		assert_memory_equal(&item, &items[i], sizeof(item));
		assert_true(diff < 0 || (!diff && precedence_compare(&rules[items[i - 1].slot], rule) < 0));
	}
}

static void rules_of_all_shapes_are_sorted(void **state)
{
	static const uint32_t numbers[] = {0, 1, 2, 511, 512, 513, N};

	(void)state;
	for (uint32_t from = 0; from < 16; from++) {
		for (uint32_t alike = 0; alike <= 2; alike++) {
			for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
				fill(from, alike, from == 13 && i % 2);
				assert_int_equal(rules_sort(rules, numbers[i], items), 0);
				is_sorted(numbers[i]);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rules_of_all_shapes_are_sorted)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
