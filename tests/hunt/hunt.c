// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hunts: makes sequences and carries out many in one process, looks now and then whether anything has arrived, and
 * finds out which of them it was.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "hunt.h"

#define BATCH	 128
#define ROUNDS	 40 /* of a race */
#define LIMIT_MS 10000
#define HISTORY	 512 /* sequences that are remembered, for what arrives late */
#define SUSPECTS 144
#define SOON_NS	 500000000 /* in which all arrives that others send */
#define KNOWN	 256

static const struct orders *orders;

/* Shared with the process that carries out a batch. */
struct board {
	uint64_t first;
	unsigned int n;
	uint64_t started[BATCH];
};
static struct board *board;

/* The last ones, by their number. */
static struct {
	uint64_t seed, started;
} history[HISTORY];
static uint64_t history_length;

static struct sequence found[KNOWN];
static unsigned int founds, unexplained;

static void play_batch(void *unused)
{
	(void)unused;
	play_park(true);
	for (unsigned int i = 0; i < BATCH; i++) {
		struct sequence sequence;

		board->started[i] = now_ns();
		board->n = i + 1;
		sequence_make(&sequence, board->first + i, &orders->limits);
		sequence_play(&sequence, ROUNDS, NULL);
		if (play_left_traces())
			break;
	}
	play_park(false);
}

/* True when another policy holds it. */
static bool is_held(const struct sequence *sequence)
{
	struct arrival arrival;
	bool arrives;

	if (!orders->base_on)
		return true;
	command(orders->base_on);
	arrives = sequence_arrives(sequence, 6, &arrival);
	command(orders->base_off);
	return !arrives;
}

static bool is_known(const struct sequence *sequence)
{
	for (unsigned int i = 0; i < founds && i < KNOWN; i++) {
		if (found[i].n == sequence->n && !memcmp(found[i].op, sequence->op, sequence->n * sizeof(struct op)))
			return true;
	}
	return false;
}

static void tell(const struct sequence *sequence, const struct arrival *arrival, uint64_t so_far)
{
	printf("found: %s; seed %llu, after %llu sequences\n", arrival->what, (unsigned long long)sequence->seed,
	       (unsigned long long)so_far);
	sequence_print(stdout, "  ", sequence);
	fflush(stdout);
}

/* True when it leaves its sockets open, for what the kernel does with them later. */
static bool is_patient(uint64_t seed)
{
	struct sequence sequence;

	sequence_make(&sequence, seed, &orders->limits);
	return sequence.op[sequence.n - 1].code == PAUSE;
}

/* Finds the sequence: those that started just before the arrival come first. */
static void look_into(const struct arrival *arrival, uint64_t so_far)
{
	uint64_t suspects[SUSPECTS];
	unsigned int n = 0;
	struct arrival again;

	for (uint64_t i = history_length; i > 0 && i + HISTORY > history_length && n < SUSPECTS; i--) {
		uint64_t started = history[(i - 1) % HISTORY].started, seed = history[(i - 1) % HISTORY].seed;

		if (started <= arrival->when && (arrival->when - started < SOON_NS || is_patient(seed)))
			suspects[n++] = seed;
	}
	for (unsigned int tries = 1; tries <= 4; tries += 3) {
		for (unsigned int i = 0; i < n; i++) {
			struct sequence sequence, shorter;

			sequence_make(&sequence, suspects[i], &orders->limits);
			if (!sequence_arrives(&sequence, tries, &again))
				continue;
			shorter = sequence;
			if (!is_held(&sequence)) {
				printf("not held by the whole program: %s; seed %llu\n", again.what,
				       (unsigned long long)sequence.seed);
				fflush(stdout);
				return;
			}
			sequence_shrink(&shorter, 2, &again);
			if (is_held(&shorter))
				sequence = shorter;
			if (is_known(&sequence))
				return;
			found[founds++ % KNOWN] = sequence;
			tell(&sequence, &again, so_far);
			return;
		}
	}
	unexplained++;
	printf("unexplained: %s; one of seeds %llu to %llu\n", arrival->what,
	       (unsigned long long)(n ? suspects[n - 1] : 0), (unsigned long long)(n ? suspects[0] : 0));
	fflush(stdout);
}

unsigned int hunt(const struct orders *given)
{
	orders = given;
	uint64_t began = now_ns(), until = began + (uint64_t)(orders->seconds * 1e9), next = orders->seed;
	uint64_t looked = 0; /* what was spent on finds */
	unsigned int late = 0;
	double took;

	while (now_ns() < until && founds < orders->stop) {
		struct arrival arrival;

		board->first = next;
		board->n = 0;
		if (!in_world(play_batch, NULL, LIMIT_MS)) {
			late++;
			printf("stuck: seed %llu\n", (unsigned long long)(board->first + board->n - 1));
		}
		for (unsigned int i = 0; i < board->n; i++, history_length++) {
			history[history_length % HISTORY].seed = next + i;
			history[history_length % HISTORY].started = board->started[i];
		}
		next += board->n ? board->n : 1;
		if (watch_arrived(&arrival, 0)) {
			uint64_t start = now_ns();

			look_into(&arrival, next - orders->seed);
			looked += now_ns() - start;
		}
	}
	took = (double)(now_ns() - began - looked) / 1e9;
	printf("hunted: %llu sequences in %.0f s (%.0f/s), %u found, %u unexplained, %u stuck\n",
	       (unsigned long long)(next - orders->seed), took, (double)(next - orders->seed) / took, founds,
	       unexplained, late);
	return founds + unexplained;
}

void hunt_init(void)
{
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		die("mmap");
}
