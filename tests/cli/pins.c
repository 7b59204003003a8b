// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules without enforcement: the maps of the BPF object in a pin directory, as load leaves them, and of the programs
 * just the one that `lsmctl test` runs. Nothing is attached, so nothing on this machine can be refused; all commands
 * that manage rules work on it all the same.
 *
 *   pins make OBJECT DIR MAX-RULES     the maps, published, default allow
 *   pins set DIR FIELD VALUE           a word of the settings: magic, layout, state, default, pending, last_id
 *   pins trial DIR over|half 0         its time is up; or its writer was killed before, or as it went back
 *   pins hit DIR SLOT|all N            the rule there has matched N calls, the last one now, and they were blocked
 *   pins comment DIR SLOT TEXT         a comment that lsmctl would not have taken
 *   pins name DIR SET TEXT             the same for the name of a set, the first of which is 1
 *   pins older DIR SECONDS 0           all sets were restored so long ago
 *   pins claim DIR 0 0                 as load, which has to make the directory: prints where what was there is now
 *   pins moved DIR OTHER 0             DIR is OTHER, and another is DIR, while its pins are looked at
 *   pins ask DIR CGROUP-ID 0           what comes of a call to 192.0.2.1 from this cgroup in the root, and "closed"
 *   pins asked DIR NAME ADDRESS        an answer has named this address a minute ago; "-": it was cut short
 *   pins learn DIR CGROUP N            the learner has learned N calls of a process of this cgroup and of uid 1000
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "host/cgroup.h"
#include "host/hooks.h"
#include "table/decode.h"
#include "table/ruleset.h"
#include "table/store.h"
#include "rule/verdict.h"

static void die(const char *what)
{
	fprintf(stderr, "pins: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int silent(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

static const char *path_of(const char *dir, const char *map)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/map_%s", dir, map);
	return path;
}

static int open_map(const char *dir, const char *map)
{
	int fd = bpf_obj_get(path_of(dir, map));

	if (fd < 0)
		die(path_of(dir, map));
	return fd;
}

static __u64 now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (__u64)ts.tv_sec * 1000000000u + (__u64)ts.tv_nsec;
}

static void make(const char *file, const char *dir, __u32 max_rules)
{
	struct bpf_object *object = bpf_object__open(file);
	struct bpf_program *program;
	struct bpf_map *map, *bss;
	struct pins pins = PINS_CLOSED;
	struct error err = {};
	struct config *config;
	struct ruleset *rules;
	char prog[PATH_MAX];
	size_t size;

	if (!object)
		die(file);
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), TEST_PROG));
	}
	bss = bpf_object__find_map_by_name(object, ".bss");
	config = bss ? (struct config *)bpf_map__initial_value(bss, &size) : NULL;
	if (!config || size < sizeof(*config))
		die("the settings");
	*config = (struct config){
		.magic = LSMCTL_MAGIC,
		.layout = LSMCTL_LAYOUT,
		.hooks = ALL_HOOKS,
		.max_rules = max_rules,
		.loaded_at = now(CLOCK_REALTIME),
		.version = "0.0.0",
	};
	if (bpf_object__load(object))
		die("the maps");
	bpf_object__for_each_map(map, object)
	{
		const char *name = map == bss ? "config" : bpf_map__name(map);

		if (map != bss && bpf_map__is_internal(map))
			continue;
		if (bpf_obj_pin(bpf_map__fd(map), path_of(dir, name)))
			die(path_of(dir, name));
	}
	program = bpf_object__find_program_by_name(object, TEST_PROG);
	snprintf(prog, sizeof(prog), "%s/prog_" TEST_PROG, dir);
	if (bpf_obj_pin(bpf_program__fd(program), prog))
		die(prog);
	bpf_object__close(object);
	if (pins_open(&pins, dir, PINS_EXCLUSIVE, &err))
		die(err.text);
	rules = ruleset_open(&pins, RULESET_UNPUBLISHED, &err);
	if (!rules || ruleset_flush(rules, &err))
		die(err.text);
	ruleset_config(rules)->state = STATE_ON;
	ruleset_close(rules);
	pins_close(&pins);
}

/* Through the mapping: the element is too large to be copied for a word. */
static void set(const char *dir, const char *field, __u32 value)
{
	struct config *config =
		mmap(NULL, sizeof(*config), PROT_READ | PROT_WRITE, MAP_SHARED, open_map(dir, "config"), 0);
	const struct {
		const char *name;
		__u32 *word;
	} fields[] = {
		{"magic", &config->magic},     {"layout", &config->layout},
		{"state", &config->state},     {"pending", &config->pending},
		{"last_id", &config->last_id}, {"default", &config->settings[config->generation & 1].default_verdict},
	};

	if (config == MAP_FAILED)
		die("config");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strcmp(field, fields[i].name))
			*fields[i].word = value;
	}
}

static void trial(const char *dir, const char *what)
{
	struct config *config =
		mmap(NULL, sizeof(*config), PROT_READ | PROT_WRITE, MAP_SHARED, open_map(dir, "config"), 0);

	if (config == MAP_FAILED)
		die("config");
	if (!strcmp(what, "over"))
		config->trial_until = now(CLOCK_BOOTTIME);
	else
		config->generation = config->fallback;
}

static struct tables open_tables(const char *dir)
{
	struct pins pins = PINS_CLOSED;
	struct error err = {};
	struct tables t = {};

	if (pins_open(&pins, dir, PINS_EXCLUSIVE, &err) || tables_open(&t, &pins, TABLES_WRITE, &err))
		die(err.text);
	pins_close(&pins);
	return t;
}

static void hit(const char *dir, const char *which, __u64 n)
{
	struct tables t = open_tables(dir);
	struct total *last = mapped_at(&t.shared, offsetof(struct shared, totals[TOTALS - 1]), sizeof(*last));
	bool all = !strcmp(which, "all");
	__u32 slot = all ? 0 : (__u32)strtoul(which, NULL, 10);

	if (!last)
		die("totals");
	do {
		tables_set_counter(&t, slot, &(struct counter){.hits = n, .last_hit = now(CLOCK_BOOTTIME)});
		last->decided[HOOK_SENDMSG][VERDICT_BLOCK] += n;
	} while (all && ++slot < t.header->rules);
	tables_close(&t);
}

static void comment(const char *dir, __u32 slot, const char *text)
{
	struct tables t = open_tables(dir);
	struct rule *rule = tables_rule(&t, slot);
	__u32 line = t.header->lines;
	struct extra *extra = mapped_at(&t.arena, (size_t)line * sizeof(struct line), sizeof(*extra));

	t.header->lines += (sizeof(*extra) + sizeof(struct line) - 1) / sizeof(struct line);
	extra->expires = 0;
	memset(extra->comment, 'x', COMMENT_SIZE); /* no NUL at the end either, when the text is long */
	memcpy(extra->comment, text, strlen(text) < COMMENT_SIZE ? strlen(text) + 1 : COMMENT_SIZE);
	rule->action = (rule->action & UINT32_MAX) | (__u64)line << 32;
	tables_close(&t);
}

static void name(const char *dir, __u32 set, const char *text)
{
	struct tables t = open_tables(dir);
	char *at = mapped_at(&t.arena, (size_t)t.header->set_line * sizeof(struct line) + (size_t)set * SET_SIZE,
			     SET_SIZE);

	if (set >= t.header->sets || !at)
		die("the sets");
	memset(at, 'x', SET_SIZE);
	memcpy(at, text, strlen(text) < SET_SIZE ? strlen(text) + 1 : SET_SIZE);
	tables_close(&t);
}

static void older(const char *dir, __u64 seconds)
{
	struct tables t = open_tables(dir);

	for (__u32 set = 1; set < t.header->sets; set++) {
		uint64_t *at = decode_restored_at(&t, set);

		if (at)
			*at = now(CLOCK_BOOTTIME) - seconds * 1000000000;
	}
	tables_close(&t);
}

static void claim(const char *dir)
{
	char aside[PATH_MAX];
	struct error err = {};
	uid_t owner;

	if (pins_claim(dir, aside, &owner, &err))
		die(err.text);
	if (aside[0])
		printf("%u %s\n", owner, aside);
}

static void moved(const char *dir, const char *other)
{
	struct pins pins = PINS_CLOSED;
	struct error err = {};

	if (pins_open(&pins, dir, PINS_SHARED, &err))
		die(err.text);
	if (rename(dir, other) || mkdir(dir, 0700))
		die(dir);
	if (pins_get_map(&pins, "config", false) < 0)
		die("the map of the directory that is locked");
}

static void ask(const char *dir, __u64 cgroup)
{
	struct {
		__u8 ethernet[14];
		struct test_call call;
		__u64 cgroups[2];
	} __attribute__((packed)) packet = {
		.call = {.ip.b = {[10] = 0xff, 0xff, 192, 0, 2, 1}, .proto = 6, .port = 443, .uid = 1000, .cgroups = 2},
		.cgroups = {ROOT_CGROUP, cgroup},
	};
	struct __sk_buff context = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &packet, .data_size_in = sizeof(packet), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .ctx_out = &context, .ctx_size_out = sizeof(context));
	char prog[PATH_MAX];
	int fd;

	snprintf(prog, sizeof(prog), "%s/prog_" TEST_PROG, dir);
	fd = bpf_obj_get(prog);
	if (fd < 0 || bpf_prog_test_run_opts(fd, &opts))
		die(prog);
	printf("%s%s\n", verdict_name(context.cb[0]), context.cb[4] ? " closed" : "");
}

static int learner(const char *dir)
{
	__u32 slot = 0, id;
	int fd;

	if (bpf_map_lookup_elem(open_map(dir, "learned"), &slot, &id))
		die("nobody learns");
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		die("the learner's map");
	return fd;
}

static void learn(const char *dir, const char *cgroup, __u64 calls)
{
	struct learned key = {
		.ip.b = {[10] = 0xff, 0xff, 192, 0, 2, 1},
		.cgroup = cgroup_id(cgroup),
		.uid = 1000,
		.port = 443,
		.proto = 6,
		.comm = "cu,rl\033",
	};

	if (!key.cgroup)
		die(cgroup);
	if (bpf_map_update_elem(learner(dir), &key, &calls, BPF_ANY))
		die("the learner's map");
}

/* Makes the map as `set names on` does, unless it is there. */
static int map_of_names(const char *dir, struct config *config, __u32 i, const char *name, __u32 key, __u32 value)
{
	int fd = config->names[i] ? bpf_map_get_fd_by_id(config->names[i]) : -1;
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), slot = 0;

	if (fd >= 0)
		return fd;
	fd = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, name, key, value, 64, NULL);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ||
	    bpf_map_update_elem(open_map(dir, name), &slot, &fd, BPF_ANY))
		die(name);
	config->names[i] = info.id;
	return fd;
}

/* The key of a name is its first bytes here. "%" and two digits in a name are a byte. */
static void asked(const char *dir, const char *text, const char *address)
{
	struct config *config =
		mmap(NULL, sizeof(*config), PROT_READ | PROT_WRITE, MAP_SHARED, open_map(dir, "config"), 0);
	struct naming naming = {.asked = now(CLOCK_BOOTTIME) - 60000000000u,
				.expires = now(CLOCK_BOOTTIME) + 3540000000000u};
	struct name name = {.asked = naming.asked, .truncated = *address == '-'};
	struct named key = {.ip = {.b = {[10] = 0xff, 0xff}}, .net = 0x1234500000001ull};
	unsigned int byte, used = 1, label = 0;
	struct in6_addr six;
	int named = map_of_names(dir, config, 1, "named", sizeof(key), sizeof(naming));
	int names = map_of_names(dir, config, 2, "names", sizeof(__u64), sizeof(name));

	for (; *text && used < WIRE_SIZE - 1; text++) {
		if (*text == '.') {
			label = used++;
			continue;
		}
		byte = (unsigned char)*text;
		if (*text == '%' && sscanf(text + 1, "%2x", &byte) == 1)
			text += 2;
		name.wire[used++] = (__u8)byte;
		name.wire[label]++;
	}
	for (unsigned int i = 0; i < WIRE_SIZE; i++)
		naming.name = naming.name * 31 + name.wire[i];
	if (bpf_map_update_elem(names, &naming.name, &name, BPF_ANY))
		die("names");
	if (inet_pton(AF_INET6, address, &six) == 1)
		memcpy(&key.ip, &six, sizeof(six));
	else if (*address != '-' && inet_pton(AF_INET, address, &key.ip.b[12]) != 1)
		die(address);
	if (*address != '-' && bpf_map_update_elem(named, &key, &naming, BPF_ANY))
		die("named");
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("usage: pins make|set|trial|hit|comment|name|older|claim|moved|ask|asked|learn ...\n", stderr);
		return 1;
	}
	libbpf_set_print(silent);
	if (!strcmp(argv[1], "make"))
		make(argv[2], argv[3], (__u32)strtoul(argv[4], NULL, 10));
	else if (!strcmp(argv[1], "set"))
		set(argv[2], argv[3], (__u32)strtoul(argv[4], NULL, 10));
	else if (!strcmp(argv[1], "trial"))
		trial(argv[2], argv[3]);
	else if (!strcmp(argv[1], "hit"))
		hit(argv[2], argv[3], strtoull(argv[4], NULL, 10));
	else if (!strcmp(argv[1], "older"))
		older(argv[2], strtoull(argv[3], NULL, 10));
	else if (!strcmp(argv[1], "claim"))
		claim(argv[2]);
	else if (!strcmp(argv[1], "moved"))
		moved(argv[2], argv[3]);
	else if (!strcmp(argv[1], "ask"))
		ask(argv[2], strtoull(argv[3], NULL, 10));
	else if (!strcmp(argv[1], "asked"))
		asked(argv[2], argv[3], argv[4]);
	else if (!strcmp(argv[1], "learn"))
		learn(argv[2], argv[3], strtoull(argv[4], NULL, 10));
	else if (!strcmp(argv[1], "name"))
		name(argv[2], (__u32)strtoul(argv[3], NULL, 10), argv[4]);
	else
		comment(argv[2], (__u32)strtoul(argv[3], NULL, 10), argv[4]);
	return 0;
}
