// SPDX-License-Identifier: GPL-2.0-only
/* One sequence again and again: whether it arrives, and what of it is needed for that. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include "hunt.h"

#define SETTLE_MS 40  /* how long what a sequence has set going takes to arrive */
#define ROUNDS	  300 /* of a race */
#define LIMIT_MS  20000

struct attempt {
	const struct sequence *sequence;
	int *results;
	bool is_race;
};

static void attempt(void *argument)
{
	const struct attempt *a = argument;

	sequence_play(a->sequence, ROUNDS, a->results);
}

static bool is_race(const struct sequence *sequence)
{
	for (unsigned int i = 0; i < sequence->n; i++) {
		if (sequence->op[i].code == RACE)
			return true;
	}
	return false;
}

bool sequence_arrives(const struct sequence *sequence, unsigned int tries, struct arrival *arrival)
{
	struct attempt a = {.sequence = sequence};

	for (unsigned int i = 0; i < tries; i++) {
		watch_clear();
		in_world(attempt, &a, LIMIT_MS);
		if (watch_arrived(arrival, SETTLE_MS))
			return true;
	}
	return false;
}

/* Without the operations from at on, n of them. */
static struct sequence without(const struct sequence *sequence, unsigned int at, unsigned int n)
{
	struct sequence less = *sequence;

	memmove(&less.op[at], &less.op[at + n], (less.n - at - n) * sizeof(struct op));
	less.n -= n;
	return less;
}

static bool remove_ops(struct sequence *sequence, unsigned int tries, struct arrival *arrival)
{
	bool less = false;

	for (unsigned int n = 3; n >= 1; n--) {
		for (unsigned int at = sequence->n; at-- > 0;) {
			struct sequence shorter;

			if (at + n > sequence->n)
				continue;
			shorter = without(sequence, at, n);
			if (shorter.n && sequence_arrives(&shorter, tries, arrival)) {
				*sequence = shorter;
				less = true;
			}
		}
	}
	return less;
}

/* Each argument that can be the plainest. */
static void plain_arguments(struct sequence *sequence, unsigned int tries, struct arrival *arrival)
{
	for (unsigned int at = 0; at < sequence->n; at++) {
		const struct shape *shape = &shapes[sequence->op[at].code];

		for (unsigned int i = 0; i < shape->n; i++) {
			struct sequence plainer = *sequence;
			uint8_t *argument = &plainer.op[at].arg[shape->kind[i]];

			if (!*argument || shape->kind[i] == NAME)
				continue;
			*argument = 0;
			if (sequence_arrives(&plainer, tries, arrival))
				*sequence = plainer;
		}
	}
}

void sequence_shrink(struct sequence *sequence, unsigned int tries, struct arrival *arrival)
{
	if (is_race(sequence))
		tries *= 3;
	while (remove_ops(sequence, tries, arrival))
		;
	plain_arguments(sequence, tries, arrival);
	remove_ops(sequence, tries, arrival);
}

void sequence_show(const struct sequence *sequence)
{
	int *results = mmap(NULL, OPS_MOST * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct attempt a = {.sequence = sequence, .results = results};

	for (unsigned int i = 0; i < OPS_MOST; i++)
		results[i] = RESULT_NONE;
	in_world(attempt, &a, LIMIT_MS);
	for (unsigned int i = 0; i < sequence->n; i++) {
		const struct sequence one = {.n = 1, .op = {sequence->op[i]}};
		int result = results[i];

		if (result == RESULT_NONE)
			printf("\t\t\t");
		else if (result < 0)
			printf("%-24s", strerrorname_np(-result) ? strerrorname_np(-result) : "?");
		else
			printf("%-24d", result);
		sequence_print(stdout, "", &one);
	}
	munmap(results, OPS_MOST * sizeof(int));
}
