// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include "host/cgroup.h"
#include "policy/creation.h"
#include "policy/run_programs.h"
#include "table/ruleset.h"
#include "run.h"

struct collection {
	int root_fd;
	const struct run_maps *maps; /* NULL: only the cgroups */
	size_t alive;
};

static void collect_one(const char *name, void *arg)
{
	struct collection *collection = arg;
	struct tree tree;

	if (!tree_adopt(&tree, collection->root_fd, name)) {
		collection->alive++;
		return;
	}
	if (tree_is_populated(&tree) || tree_remove(&tree, collection->root_fd))
		collection->alive++;
	else if (collection->maps)
		run_maps_drop(collection->maps, tree.id, NULL);
	tree_close(&tree);
}

/* Removes runs that are over, and whose starter is gone. Returns how many there still are, or may be. */
static size_t collect(int root_fd, const struct run_maps *maps)
{
	struct collection collection = {root_fd, maps, 0};

	if (trees_each(root_fd, collect_one, &collection) == TREES_UNKNOWN)
		collection.alive++;
	return collection.alive;
}

/* The pins, open under a lock, and the configuration. */
struct policy {
	struct pins pins;
	struct ruleset *rules;
	struct config *config;
};

static void policy_close(struct policy *policy)
{
	ruleset_close(policy->rules);
	pins_close(&policy->pins);
}

/* ERR_LOCKED while it is locked: the maps of runs decide. */
static int policy_open(struct policy *policy, const char *pin_dir, bool write, struct error *err)
{
	struct locked locked;

	*policy = (struct policy){.pins = PINS_CLOSED};
	if (pins_open(&policy->pins, pin_dir, write ? PINS_EXCLUSIVE : PINS_SHARED, err))
		return -1;
	locked = pins_locked(&policy->pins);
	if (locked.on) {
		pins_close(&policy->pins);
		return locked_error(&locked, err);
	}
	policy->rules = ruleset_open(&policy->pins, write ? RULESET_CONFIRM : RULESET_READ, err);
	if (!policy->rules) {
		pins_close(&policy->pins);
		return -1;
	}
	policy->config = ruleset_config(policy->rules);
	return 0;
}

/* True when the programs look for runs below this cgroup. */
static bool is_ready(const struct policy *policy, uint64_t root)
{
	return policy->config->special.running && policy->config->run_root == root &&
	       creation_is_attached(&policy->pins, policy->config) && run_programs_are_attached(&policy->pins, root);
}

/* For the first run; the caller holds the exclusive lock. The programs come first, since the word is what counts. */
static int make_ready(struct policy *policy, int root_fd, uint64_t root, struct error *err)
{
	if (creation_attach(&policy->pins, policy->config, err) < 0)
		return -1;
	if (!run_programs_are_attached(&policy->pins, root) &&
	    run_programs_attach(&policy->pins, policy->config->attach, root_fd, err))
		return -1;
	__atomic_store_n(&policy->config->run_root, root, __ATOMIC_RELEASE);
	__atomic_store_n(&policy->config->special.running, 1, __ATOMIC_RELEASE);
	return 0;
}

/* Opens the policy, ready for runs. Most find it so, and need not wait for others. */
static int open_ready(struct policy *policy, const char *pin_dir, int root_fd, uint64_t root, struct error *err)
{
	if (policy_open(policy, pin_dir, false, err))
		return -1;
	if (is_ready(policy, root))
		return 0;
	policy_close(policy);
	if (policy_open(policy, pin_dir, true, err))
		return -1;
	if (!make_ready(policy, root_fd, root, err))
		return 0;
	policy_close(policy);
	return -1;
}

static int check(const char *pin_dir, struct error *err)
{
	struct policy policy;

	if (policy_open(&policy, pin_dir, false, err))
		return -1;
	policy_close(&policy);
	return 0;
}

int run_begin(struct running *running, const char *pin_dir, struct run_wish *wish, bool check_only, struct error *err)
{
	struct policy policy;
	uint64_t root;
	int ret = -1;

	*running = RUNNING_NONE;
	running->pin_dir = pin_dir;
	if (reach_compile(&running->reach, &wish->rules, err) || check(pin_dir, err))
		goto out;
	if (check_only) {
		ret = 0;
		goto out;
	}
	running->root_fd = tree_root(&root, err);
	if (running->root_fd < 0 || open_ready(&policy, pin_dir, running->root_fd, root, err))
		goto out;
	if (!run_maps_open(&running->maps, &policy.pins, err)) {
		collect(running->root_fd, &running->maps);
		ret = tree_make(&running->tree, running->root_fd, err);
	}
	if (!ret)
		ret = run_maps_put(&running->maps, running->tree.id, &running->reach, wish->sockets, wish->n_sockets,
				   wish->audit, err);
	run_maps_close_deciding(&running->maps);
	policy_close(&policy);
out:
	if (ret || check_only) {
		struct error ignored = {};

		run_end(running, false, &ignored);
	}
	return ret;
}

/* Lets the programs look for runs no more when none is there. */
static void leave(const struct running *running)
{
	struct error ignored = {};
	struct policy policy;

	if (trees_each(running->root_fd, NULL, NULL) || policy_open(&policy, running->pin_dir, true, &ignored))
		return;
	/* Under the lock: a run that begins now waits for it, or was counted. */
	if (!trees_each(running->root_fd, NULL, NULL))
		__atomic_store_n(&policy.config->special.running, 0, __ATOMIC_RELEASE);
	policy_close(&policy);
}

/* Removes a run without processes. Another policy may be loaded by now: it knows nothing of this run. */
static void remove_run(const struct running *running)
{
	struct error why = {};
	struct run_maps maps;
	struct policy policy;

	if (policy_open(&policy, running->pin_dir, false, &why)) {
		if (why.code != ERR_LOCKED)
			tree_remove(&running->tree, running->root_fd);
		return;
	}
	if (!run_maps_open(&maps, &policy.pins, &why) && !tree_remove(&running->tree, running->root_fd))
		run_maps_drop(&maps, running->tree.id, &running->reach);
	run_maps_close(&maps);
	policy_close(&policy);
	leave(running);
}

int run_end(struct running *running, bool linger, struct error *err)
{
	int ret = 0;

	if (running->tree.fd >= 0) {
		if (!linger)
			ret = tree_kill(&running->tree, err);
		if (!ret && !tree_is_populated(&running->tree))
			remove_run(running);
	}
	tree_close(&running->tree);
	run_maps_close(&running->maps);
	reach_free(&running->reach);
	if (running->root_fd >= 0)
		close(running->root_fd);
	*running = RUNNING_NONE;
	return ret;
}

struct counting {
	int root_fd;
	struct runs_count n;
};

static void count_one(const char *name, void *arg)
{
	struct counting *counting = arg;
	struct tree tree;

	/* A starter that lives may be about to start its command. */
	if (!tree_adopt(&tree, counting->root_fd, name)) {
		counting->n.now++;
		return;
	}
	counting->n.left += tree_is_populated(&tree);
	tree_close(&tree);
}

bool runs_are_confined(const struct pins *pins)
{
	struct stat st;
	int root = tree_root_open();
	bool confined = root >= 0 && !fstat(root, &st) && run_programs_are_attached(pins, st.st_ino);

	if (root >= 0)
		close(root);
	return confined;
}

struct runs_count runs_count(const struct config *config)
{
	struct counting counting = {.root_fd = -1};

	if (config->special.running)
		counting.root_fd = tree_root_open();
	if (counting.root_fd < 0)
		return counting.n;
	trees_each(counting.root_fd, count_one, &counting);
	close(counting.root_fd);
	return counting.n;
}

bool run_counts(const struct running *running, bool wait, struct run *counts)
{
	struct error ignored = {};
	struct pins pins;
	bool there;

	if (pins_open(&pins, running->pin_dir, wait ? PINS_SHARED : PINS_IF_FREE, &ignored))
		return false;
	there = run_maps_counts(&pins, running->tree.id, counts);
	pins_close(&pins);
	return there;
}

void runs_collect(const char *pin_dir)
{
	struct error ignored = {};
	int root_fd = tree_root_open();
	struct run_maps maps;
	struct policy policy;

	if (root_fd < 0)
		return;
	if (!policy_open(&policy, pin_dir, true, &ignored)) {
		if (!run_maps_open(&maps, &policy.pins, &ignored) && !collect(root_fd, &maps))
			__atomic_store_n(&policy.config->special.running, 0, __ATOMIC_RELEASE);
		run_maps_close(&maps);
		policy_close(&policy);
	}
	close(root_fd);
}

void runs_clean(void)
{
	int root_fd = tree_root_open();

	if (root_fd < 0)
		return;
	if (!collect(root_fd, NULL))
		tree_root_remove();
	close(root_fd);
}
