// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include "peek.h"

int peek_ask(int prog, const struct peek *question, void *answer)
{
	uint8_t packet[PEEK_SIZE] = {}, unused[PEEK_SIZE];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .data_out = answer ? answer : unused, .data_size_out = PEEK_SIZE, .repeat = 1);

	memcpy(packet, question, sizeof(*question));
	if (bpf_prog_test_run_opts(prog, &opts))
		return -errno;
	return opts.retval ? -EPROTO : 0;
}

int peek_shared(int prog, size_t at, void *to, size_t size)
{
	const struct peeked array = {PEEK_SHARED, 0, sizeof(struct shared)};
	uint8_t answer[PEEK_SIZE];
	size_t from = at < array.size - PEEK_SIZE ? at : array.size - PEEK_SIZE;
	const struct peek question = {.what = PEEK_SHARED, .at = from};
	int ret;

	if (size > PEEK_SIZE - (at - from))
		return -EINVAL;
	ret = peek_ask(prog, &question, answer);
	if (!ret)
		memcpy(to, answer + (at - from), size);
	return ret;
}

/* How the program counts: bytes, or values of so many bytes. */
static size_t unit_of(enum peek_what what)
{
	return what == PEEK_RULES_AT ? sizeof(struct rule) : what == PEEK_COUNTERS_AT ? sizeof(struct counters) : 1;
}

/* How many bytes an answer has. */
static size_t step_of(enum peek_what what)
{
	return what == PEEK_RULES_AT	  ? PEEK_RULES * sizeof(struct rule)
	       : what == PEEK_COUNTERS_AT ? PEEK_COUNTERS * sizeof(struct counters)
					  : PEEK_SIZE;
}

int peek_array(int prog, const struct peeked *array, uint8_t *base, size_t from, size_t end)
{
	size_t unit = unit_of(array->what), step = step_of(array->what);
	uint8_t answer[PEEK_SIZE];

	for (size_t at = from / unit * unit; at < end; at += step) {
		/* The last bytes of struct shared fill no packet. */
		size_t start =
			array->what == PEEK_SHARED && at > array->size - PEEK_SIZE ? array->size - PEEK_SIZE : at;
		const struct peek question = {.what = array->what, .slot = array->slot, .at = start / unit};
		int ret = peek_ask(prog, &question, answer);

		if (ret)
			return ret;
		memcpy(base + start, answer, step < array->size - start ? step : array->size - start);
	}
	return 0;
}
