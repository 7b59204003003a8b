// SPDX-License-Identifier: GPL-2.0-only
/* Arrays that are read by the program "peek": wherever a window lies, and however much of a packet the rest fills. */
#include "unit.h"
#include "fake.h"
#include "table/mapped.h"

static uint8_t source[sizeof(struct rule) * 5001];
static size_t size; /* of the array, bytes */

/* As bpf/peek.bpf.h does it: bytes past the end of an array of values are no part of the answer. */
static int peek(const void *packet, void *answer)
{
	const struct peek *q = packet;
	size_t unit = q->what == PEEK_RULES_AT ? sizeof(struct rule)
					       : (q->what == PEEK_COUNTERS_AT ? sizeof(struct counters) : 1);
	size_t step = q->what == PEEK_RULES_AT ? PEEK_RULES * unit
					       : (q->what == PEEK_COUNTERS_AT ? PEEK_COUNTERS * unit : PEEK_SIZE);
	size_t at = (size_t)q->at * unit;

	assert_int_equal(q->slot, 1);
	assert_true(at < size);
	if (unit == 1)
		assert_true(at + PEEK_SIZE <= size && at % (q->what == PEEK_ARENA ? PEEK_SIZE : 1) == 0);
	memset(answer, 0xee, PEEK_SIZE);
	memcpy(answer, source + at, step < size - at ? step : size - at);
	return 0;
}

static void windows(enum peek_what what, size_t bytes)
{
	const struct peeked array = {what, 1, bytes};
	struct mapped map;
	uint64_t random = 7;
	int prog = open("/dev/null", O_RDONLY);

	size = bytes;
	for (int turn = 0; turn < 50; turn++) {
		assert_int_equal(mapped_open_peeked(&map, prog, &array), 0);
		for (int i = 0; i < 20; i++) {
			size_t at = (size_t)(unit_random(&random) % bytes);
			size_t n = 1 + (size_t)(unit_random(&random) % (bytes - at < 70000 ? bytes - at : 70000));

			assert_memory_equal(mapped_at(&map, at, n), source + at, n);
			if (i == 10)
				mapped_forget(&map);
		}
		assert_null(mapped_at(&map, bytes, 1));
		if (turn % 2) {
			assert_int_equal(mapped_copy(&map), 0);
			mapped_forget(&map);
			assert_memory_equal(mapped_at(&map, 0, bytes), source, bytes);
		}
		mapped_close(&map);
	}
	close(prog);
}

static void a_window_has_what_the_array_has(void **state)
{
	uint64_t random = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(source); i++)
		source[i] = (uint8_t)unit_random(&random);
	fake.run = peek;
	windows(PEEK_RULES_AT, sizeof(struct rule) * 5001);
	windows(PEEK_RULES_AT, sizeof(struct rule));
	windows(PEEK_RULES_AT, sizeof(struct rule) * PEEK_RULES);
	windows(PEEK_COUNTERS_AT, sizeof(struct counters) * 2501);
	windows(PEEK_ARENA, sizeof(struct chunk) * 3);
}

static void what_cannot_be_read_is_not_there(void **state)
{
	const struct peeked array = {PEEK_ARENA, 1, sizeof(struct chunk)};
	struct mapped map;
	int prog = open("/dev/null", O_RDONLY);

	(void)state;
	fake.run = NULL;
	assert_int_equal(mapped_open_peeked(&map, prog, &array), 0);
	assert_null(mapped_at(&map, 0, 1));
	assert_int_not_equal(mapped_copy(&map), 0);
	fake.run = peek;
	assert_non_null(mapped_at(&map, 0, 1));
	mapped_close(&map);
	close(prog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_has_what_the_array_has),
		cmocka_unit_test(what_cannot_be_read_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
