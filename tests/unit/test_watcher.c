// SPDX-License-Identifier: GPL-2.0-only
/* Who is told of decisions: slots, the locks that hold them, and what becomes of the slots of the dead. */
#include "unit.h"
#include "policy.h"
#include "policy/object.h"
#include "policy/watcher.h"

static struct ruleset *rs;

/* In the place of the program "peek", and of what loads it. */
int object_pinned_program(const char *name, const struct pins *pins, struct error *err)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)pins;
	assert_string_equal(name, PEEK_PROG);
	return fd < 0 ? error_errno(err, errno, "cannot open") : fd;
}

static int peek(const void *packet, void *answer)
{
	struct shared *shared = mapped_at(ruleset_shared(rs), 0, sizeof(*shared));
	const struct peek *q = packet;

	switch (q->what) {
	case PEEK_SHARED:
		assert_true(q->at <= sizeof(*shared) - PEEK_SIZE);
		memcpy(answer, (const char *)shared + q->at, PEEK_SIZE);
		return 0;
	case PEEK_WATCH:
		shared->watchers[q->slot].lost = 0;
		shared->watchers[q->slot].verdicts = q->verdicts;
		break;
	case PEEK_LEARN:
		shared->unlearned[q->slot] = 0;
		break;
	}
	shared->config.special.watching = q->watching;
	return 0;
}

static int begin(void **state)
{
	(void)state;
	policy_load(10);
	rs = policy_open(RULESET_WRITE);
	fake.run = peek;
	return 0;
}

static int end(void **state)
{
	(void)state;
	ruleset_close(rs);
	policy_unload();
	return 0;
}

static __u32 map_of(const char *name)
{
	int fd = pins_get_map(&policy.pins, name, false);
	__u32 id = fake_id(fd);

	close(fd);
	return id;
}

/* What is in a slot: the id of a map, or 0. */
static __u32 ring(uint32_t slot)
{
	return fake_map(map_of("rings"))->inner[slot];
}

static __u32 learned(uint32_t slot)
{
	return fake_map(map_of("learned"))->inner[slot];
}

static uint32_t watching(void)
{
	return ruleset_config(rs)->special.watching;
}

static struct watcher *words_of(uint32_t slot)
{
	return mapped_at(ruleset_shared(rs), offsetof(struct shared, watchers) + slot * sizeof(struct watcher),
			 sizeof(struct watcher));
}

static int attach(struct watcher_handle *handle, enum watcher_kind kind, uint32_t verdicts, struct error *err)
{
	int map = fake_open(fake_make(BPF_MAP_TYPE_ARRAY, 8, 1));

	*err = (struct error){};
	return watcher_attach(handle, &policy.pins, kind, verdicts, map, err);
}

static struct watcher_handle attached(enum watcher_kind kind, uint32_t verdicts)
{
	struct watcher_handle handle;
	struct error err;

	MUST(attach(&handle, kind, verdicts, &err));
	return handle;
}

/* As its process does when it is killed. */
static void die(struct watcher_handle *handle)
{
	close(handle->peek);
	close(handle->map_fd);
	close(handle->lock_fd);
	*handle = WATCHER_NONE;
}

static void detach(struct watcher_handle *handle)
{
	struct error err = {};

	pins_close(&policy.pins);
	watcher_detach(handle, policy.dir);
	MUST(pins_open(&policy.pins, policy.dir, PINS_EXCLUSIVE, &err));
	assert_int_equal(handle->lock_fd, -1);
}

static void each_has_a_slot_and_what_it_asks_for(void **state)
{
	struct watcher_handle a, b, c;

	(void)state;
	assert_int_equal(watching(), 0);
	assert_int_equal(watchers_count(&policy.pins, WATCHER_EVENTS), 0);
	words_of(0)->lost = 99;
	a = attached(WATCHER_EVENTS, 1 << VERDICT_BLOCK);
	b = attached(WATCHER_EVENTS, 1 << VERDICT_AUDIT);
	c = attached(WATCHER_CALLS, 0);
	assert_int_equal(a.slot, 0);
	assert_int_equal(b.slot, 1);
	assert_int_equal(c.slot, 0);
	assert_int_equal(ring(0), fake_id(a.map_fd));
	assert_int_equal(ring(1), fake_id(b.map_fd));
	assert_int_equal(learned(0), fake_id(c.map_fd));
	assert_int_equal(words_of(0)->verdicts, 1 << VERDICT_BLOCK);
	assert_int_equal(words_of(1)->verdicts, 1 << VERDICT_AUDIT);
	assert_int_equal(words_of(0)->lost, 0);
	assert_int_equal(watching(), 1u << VERDICT_BLOCK | 1u << VERDICT_AUDIT | LEARNING);
	assert_int_equal(watchers_count(&policy.pins, WATCHER_EVENTS), 2);
	assert_int_equal(watchers_count(&policy.pins, WATCHER_CALLS), 1);
	words_of(1)->lost = 5;
	assert_int_equal(watcher_lost(&b), 5);
	assert_int_equal(watcher_lost(&a), 0);
	assert_int_equal(watcher_lost(&c), 0);
	/* The slot of one that ends is the next one's. */
	detach(&a);
	assert_int_equal(ring(0), 0);
	assert_int_equal(words_of(0)->verdicts, 0);
	assert_int_equal(watching(), 1u << VERDICT_AUDIT | LEARNING);
	assert_int_equal(watchers_count(&policy.pins, WATCHER_EVENTS), 1);
	a = attached(WATCHER_EVENTS, 1 << VERDICT_ALLOW);
	assert_int_equal(a.slot, 0);
	detach(&c);
	assert_int_equal(learned(0), 0);
	assert_int_equal(watching(), 1u << VERDICT_ALLOW | 1u << VERDICT_AUDIT);
	detach(&b);
	detach(&a);
	assert_int_equal(watching(), 0);
	detach(&a); /* once more is nothing */
}

static void there_are_no_more_than_there_are_slots(void **state)
{
	struct watcher_handle watchers[WATCHERS], learners[LEARNERS], more;
	struct error err;

	(void)state;
	for (uint32_t i = 0; i < WATCHERS; i++) {
		watchers[i] = attached(WATCHER_EVENTS, 1);
		assert_int_equal(watchers[i].slot, i);
	}
	assert_int_equal(attach(&more, WATCHER_EVENTS, 1, &err), -1);
	assert_in(err.text, "16 watchers");
	assert_int_equal(more.lock_fd, -1);
	for (uint32_t i = 0; i < LEARNERS; i++) {
		learners[i] = attached(WATCHER_CALLS, 0);
		assert_int_equal(learners[i].slot, i);
	}
	assert_int_equal(attach(&more, WATCHER_CALLS, 0, &err), -1);
	assert_in(err.text, "4 learners");
	die(&watchers[9]);
	more = attached(WATCHER_EVENTS, 1);
	assert_int_equal(more.slot, 9);
	die(&more);
	for (uint32_t i = 0; i < WATCHERS; i++)
		die(&watchers[i]);
	for (uint32_t i = 0; i < LEARNERS; i++)
		die(&learners[i]);
	assert_int_equal(watchers_count(&policy.pins, WATCHER_EVENTS), 0);
	assert_int_equal(watchers_count(&policy.pins, WATCHER_CALLS), 0);
}

static void the_slots_of_the_dead_are_swept(void **state)
{
	struct watcher_handle a = attached(WATCHER_EVENTS, 1 << VERDICT_BLOCK),
			      b = attached(WATCHER_EVENTS, 1 << VERDICT_AUDIT), c = attached(WATCHER_CALLS, 0),
			      d = attached(WATCHER_CALLS, 0);

	(void)state;
	/* The living lose nothing. */
	watchers_sweep(&policy.pins, rs);
	assert_true(ring(0) && ring(1) && learned(0) && learned(1));
	assert_int_equal(watching(), 1u << VERDICT_BLOCK | 1u << VERDICT_AUDIT | LEARNING);
	die(&b);
	die(&c);
	assert_true(ring(1)); /* nobody has swept yet */
	watchers_sweep(&policy.pins, rs);
	assert_int_equal(ring(1), 0);
	assert_int_equal(words_of(1)->verdicts, 0);
	assert_int_equal(learned(0), 0);
	assert_true(ring(0) && learned(1));
	assert_int_equal(words_of(0)->verdicts, 1 << VERDICT_BLOCK);
	assert_int_equal(watching(), 1u << VERDICT_BLOCK | LEARNING);
	die(&d);
	watchers_sweep(&policy.pins, rs);
	assert_int_equal(watching(), 1u << VERDICT_BLOCK);
	die(&a);
	watchers_sweep(&policy.pins, rs);
	assert_int_equal(watching(), 0);
	assert_int_equal(ring(0), 0);
	/* Nobody is told of anything: no call is made to find that out. */
	fake.calls = 0;
	watchers_sweep(&policy.pins, rs);
	assert_int_equal(fake.calls, 0);
}

/* Nothing is taken where something fails, and the map is closed. */
static void a_failure_takes_no_slot(void **state)
{
	struct watcher_handle handle;
	struct error err;
	uint32_t at = 0, failures = 0;
	bool reached = true;

	(void)state;
	while (reached) {
		fake.calls = 0;
		fake.fail_at = ++at;
		if (!attach(&handle, WATCHER_EVENTS, 7, &err)) {
			/* Where it may fail to sweep, or nothing failed any more. */
			reached = fake.calls >= at;
			fake.fail_at = 0;
			detach(&handle);
			continue;
		}
		fake.fail_at = 0;
		failures++;
		assert_int_equal(handle.lock_fd, -1);
		assert_int_equal(handle.map_fd, -1);
		assert_int_equal(words_of(0)->verdicts, 0);
		assert_int_equal(watching(), 0);
		assert_int_equal(watchers_count(&policy.pins, WATCHER_EVENTS), 0);
	}
	assert_int_equal(failures, 4); /* the pin, the slot, and to read and to set the words */
}

/* A policy that is gone has nothing to give back; and what came in its place is not this one's. */
static void nothing_is_given_back_to_a_policy_that_is_over(void **state)
{
	struct watcher_handle a = attached(WATCHER_EVENTS, 1 << VERDICT_BLOCK);
	__u32 id = ring(0);

	(void)state;
	assert_false(watcher_is_over(&a));
	ruleset_config(rs)->state = STATE_OFF;
	assert_true(watcher_is_over(&a));
	detach(&a);
	assert_int_equal(ring(0), id);
	assert_int_equal(words_of(0)->verdicts, 1 << VERDICT_BLOCK);
	ruleset_config(rs)->state = STATE_ON;
}

/* While it waits for the lock, the policy is unloaded. */
static void *unload(void *arg)
{
	usleep(100000);
	ruleset_config(rs)->state = STATE_OFF;
	pins_close(&policy.pins);
	return arg;
}

static void a_policy_may_end_while_it_is_waited_for(void **state)
{
	struct watcher_handle a = attached(WATCHER_EVENTS, 1 << VERDICT_BLOCK);
	struct error err = {};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, unload, NULL), 0);
	watcher_detach(&a, policy.dir);
	pthread_join(thread, NULL);
	MUST(pins_open(&policy.pins, policy.dir, PINS_EXCLUSIVE, &err));
	assert_int_equal(words_of(0)->verdicts, 1 << VERDICT_BLOCK);
	assert_int_equal(a.lock_fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_has_a_slot_and_what_it_asks_for, begin, end),
		cmocka_unit_test_setup_teardown(there_are_no_more_than_there_are_slots, begin, end),
		cmocka_unit_test_setup_teardown(the_slots_of_the_dead_are_swept, begin, end),
		cmocka_unit_test_setup_teardown(a_failure_takes_no_slot, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_given_back_to_a_policy_that_is_over, begin, end),
		cmocka_unit_test_setup_teardown(a_policy_may_end_while_it_is_waited_for, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
