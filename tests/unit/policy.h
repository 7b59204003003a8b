/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy without a kernel: the maps of fake.h, pinned in a directory of the test's own, as load leaves them. Rules
 * are sentences as people type them. And what programs would decide at an instant, by those maps.
 */
#ifndef LSMCTL_POLICY_H
#define LSMCTL_POLICY_H

#include "fake.h"
#include "memory.h"
#include "base/time.h"
#include "host/cgroup.h"
#include "host/cgroup_tree.h"
#include "host/pins.h"
#include "rule/format.h"
#include "rule/parse.h"
#include "table/ruleset.h"
#include "table/ruleset_impl.h"

/* The cgroups that are there. */
static const struct {
	const char *path;
	uint64_t id;
} policy_cgroups[] = {{"/a", 7}, {"/a/b", 9}};
static const char *policy_gone = ""; /* but for this one */

uint64_t cgroup_id(const char *path)
{
	for (size_t i = 0; i < LENGTH(policy_cgroups); i++) {
		if (!strcmp(policy_cgroups[i].path, path) && strcmp(path, policy_gone))
			return policy_cgroups[i].id;
	}
	return 0;
}

int cgroup_tree_open(void)
{
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int cgroup_tree_wait(int root)
{
	(void)root;
	return 0;
}

int cgroup_tree_each(int root, const char *path, uint64_t id, int (*each)(const char *name, uint64_t id, void *arg),
		     void *arg)
{
	(void)root;
	if (id == ROOT_CGROUP && !strcmp(path, ".") && cgroup_id("/a"))
		return each("a", 7, arg);
	if (id == 7 && !strcmp(path, "a") && cgroup_id("/a/b"))
		return each("b", 9, arg);
	return 0;
}

bool cgroup_tree_has(int root, const char *path, uint64_t id)
{
	char full[64];

	(void)root;
	snprintf(full, sizeof(full), "/%s", path);
	return cgroup_id(full) == id;
}

static struct policy {
	char dir[PATH_MAX];
	struct pins pins;
	__u32 config, outer[3], cgroups;
	__u32 verdict; /* the default one of files that take the place of all rules */
} policy;

#define MUST(call) must(call, #call, &err)

static inline void must(int ret, const char *what, const struct error *err)
{
	if (ret)
		fail_msg("%s: %s", what, err->text);
}

/* The one rule that a sentence makes. */
static inline struct rule_spec spec_of(const char *sentence)
{
	struct rules rules = {};
	struct rule_spec spec;
	struct error err = {};
	char text[1024], *words[64], *at = text;
	size_t n = 0;

	snprintf(text, sizeof(text), "%s", sentence);
	for (char *word; (word = strsep(&at, " "));)
		words[n++] = word;
	if (rules_parse(&rules, n, words, VERDICT_BLOCK, &err) || rules.n != 1)
		fail_msg("%s: %s", sentence, err.text);
	spec = rules.at[0];
	rules_free(&rules);
	return spec;
}

static inline __u32 policy_pin(const char *name, __u32 type, __u32 value_size, __u32 max)
{
	__u32 id = fake_make(type, value_size, max);

	assert_int_equal(pins_put_map(&policy.pins, name, fake_map(id)->fd), 0);
	return id;
}

/* The directory, empty and locked. */
static inline void policy_dir(void)
{
	struct error err = {};

	fake_begin();
	policy_gone = "";
	policy.verdict = VERDICT_ALLOW;
	strcpy(policy.dir, "/tmp/lsmctl-unit-XXXXXX");
	assert_non_null(mkdtemp(policy.dir));
	MUST(pins_open(&policy.pins, policy.dir, PINS_EXCLUSIVE, &err));
}

/* As load leaves it, with no rules. */
static inline void policy_load(uint32_t max_rules)
{
	static const char *const names[] = {"arenas", "rules", "counters"};
	struct ruleset *rs;
	struct error err = {};

	policy_dir();
	policy.config = policy_pin("config", BPF_MAP_TYPE_ARRAY, sizeof(struct shared), 1);
	for (int i = 0; i < 3; i++)
		policy.outer[i] = policy_pin(names[i], BPF_MAP_TYPE_ARRAY_OF_MAPS, sizeof(__u32), 2);
	policy.cgroups = policy_pin("cgroups", BPF_MAP_TYPE_ARRAY_OF_MAPS, sizeof(__u32), 2);
	policy_pin("rings", BPF_MAP_TYPE_ARRAY_OF_MAPS, sizeof(__u32), WATCHERS);
	policy_pin("learned", BPF_MAP_TYPE_ARRAY_OF_MAPS, sizeof(__u32), LEARNERS);
	rs = ruleset_open(&policy.pins, RULESET_UNPUBLISHED, &err);
	if (!rs)
		fail_msg("%s", err.text);
	*ruleset_config(rs) = (struct config){.magic = LSMCTL_MAGIC, .layout = LSMCTL_LAYOUT, .max_rules = max_rules};
	MUST(ruleset_flush(rs, &err));
	ruleset_config(rs)->state = STATE_ON;
	ruleset_close(rs);
}

static inline int policy_remove(const char *name, void *arg)
{
	(void)arg;
	unlinkat(policy.pins.dir_fd, name, 0);
	return 0;
}

static inline void policy_unload(void)
{
	pins_each(&policy.pins, policy_remove, NULL);
	pins_close(&policy.pins);
	assert_int_equal(rmdir(policy.dir), 0);
	fake_begin();
}

static inline struct ruleset *policy_open(enum ruleset_access access)
{
	struct error err = {};
	struct ruleset *rs = ruleset_open(&policy.pins, access, &err);

	if (!rs)
		fail_msg("%s", err.text);
	return rs;
}

/* The lines of a file, NULL behind the last, in the place of all rules or of a set's. */
static inline int policy_replace(struct ruleset *rs, const char *const *lines, const char *set, bool publish,
				 uint64_t trial, struct replaced *result, struct error *err)
{
	struct replacement *r = ruleset_replace_begin(rs, "rules", set, err);
	int ret = r ? 0 : -1;

	if (r && !set)
		ruleset_replace_settings(r)->default_verdict = policy.verdict;
	for (size_t i = 0; lines[i] && !ret; i++) {
		struct rule_spec spec = spec_of(lines[i]);

		if (set)
			strcpy(spec.set, set);
		ret = ruleset_replace_add(r, &spec, i + 1, err);
	}
	if (!ret)
		ret = ruleset_replace_end(r, publish, trial, result, err);
	if (r)
		ruleset_replace_free(r);
	return ret;
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

#define assert_counts(result, a, c, r, u)                                                                              \
	do {                                                                                                           \
		assert_int_equal((result).added, a);                                                                   \
		assert_int_equal((result).changed, c);                                                                 \
		assert_int_equal((result).removed, r);                                                                 \
		assert_int_equal((result).unchanged, u);                                                               \
	} while (0)

static inline int policy_add(struct replacement *r, const char *sentence, size_t line)
{
	struct rule_spec spec = spec_of(sentence);
	struct error err = {};

	return ruleset_replace_add(r, &spec, line, &err);
}

/* A whole file, which must work. */
static inline struct replaced policy_restore(struct ruleset *rs, const char *const *lines)
{
	struct replaced result = {};
	struct error err = {};

	MUST(policy_replace(rs, lines, NULL, true, 0, &result, &err));
	return result;
}

static inline int policy_note(const struct rule_info *rule, void *arg)
{
	char *text = rule_format(&rule->spec), *to = arg;

	snprintf(to + strlen(to), 4096 - strlen(to), "%u %s\n", rule->id, text);
	free(text);
	return 0;
}

/* The rules that are in force, a line each: ID SENTENCE. */
static inline const char *policy_rules(struct ruleset *rs)
{
	static char text[4096];

	text[0] = '\0';
	assert_int_equal(ruleset_each(rs, policy_note, text), 0);
	return text;
}

/* The tables of a generation, as programs find them: by the outer maps. False: something is not there, so they would
 * block. */
static inline bool policy_view(struct tables *view, __u32 generation)
{
	struct mapped *inner[] = {&view->arena, &view->rules, &view->counters};

	*view = (struct tables){.outer = {-1, -1, -1},
				.peek = -1,
				.cgroups = -1,
				.shared = MAPPED_CLOSED,
				.arena = MAPPED_CLOSED,
				.rules = MAPPED_CLOSED,
				.counters = MAPPED_CLOSED,
				.generation = generation};
	if (mapped_open(&view->shared, fake_open(policy.config), sizeof(struct shared), true))
		return false;
	view->config = mapped_at(&view->shared, 0, sizeof(*view->config));
	for (int i = 0; i < 3; i++) {
		__u32 id = fake_map(policy.outer[i])->inner[generation & 1];

		if (!id ||
		    mapped_open(inner[i], fake_open(id), (size_t)fake_map(id)->value_size * fake_map(id)->max, true))
			return false;
	}
	view->header = mapped_at(&view->arena, 0, sizeof(*view->header));
	return view->header;
}

/* The one in force. */
static inline __u32 policy_generation(void)
{
	struct mapped shared;
	const struct config *config;
	__u32 generation;

	if (mapped_open(&shared, fake_open(policy.config), sizeof(struct shared), false))
		return 0;
	config = mapped_at(&shared, 0, sizeof(*config));
	generation = generation_at(config, clock_boot());
	mapped_close(&shared);
	return generation;
}

/* The id of the rule of a generation that decides about a TCP connection, port 443; 0: none; UINT32_MAX: broken tables.
 */
static inline uint32_t policy_decide_in(__u32 generation, const char *address, uint32_t uid)
{
	struct call call = {.ip = spec_of(address).prefix.ip, .proto = 6, .port = 443, .uid = uid, .now = clock_boot()};
	struct tables view;
	int64_t slot = policy_view(&view, generation) ? memory_decide(&view, &call) : -2;
	const struct rule *rule = slot >= 0 ? tables_rule(&view, (uint32_t)slot) : NULL;
	uint32_t id = rule ? rule->id : slot == -1 ? 0 : UINT32_MAX;

	tables_close(&view);
	return id;
}

static inline uint32_t policy_decide(const char *address, uint32_t uid)
{
	return policy_decide_in(policy_generation(), address, uid);
}

#endif
