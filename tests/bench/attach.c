// SPDX-License-Identifier: GPL-2.0-only
/*
 *   attach --for-now OBJECT NAME...   loads and attaches programs of it, as any loader would, and ends: so do they
 *   attach OBJECT NAME LINK DIR...    one program of it, on the maps that are pinned in the directories as far as they
 *                                     are there; it stays attached by the pin LINK
 *
 * Programs for a cgroup are attached to the one in the environment's BENCH_CGROUP, or the root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

__attribute__((format(printf, 2, 0))) static int print(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static void die(const char *what)
{
	fprintf(stderr, "attach: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct bpf_link *attach(struct bpf_program *program)
{
	const char *cgroup = getenv("BENCH_CGROUP");

	if (bpf_program__type(program) != BPF_PROG_TYPE_CGROUP_SOCK_ADDR &&
	    bpf_program__type(program) != BPF_PROG_TYPE_CGROUP_SKB)
		return bpf_program__attach(program);
	return bpf_program__attach_cgroup(program, open(cgroup ? cgroup : "/sys/fs/cgroup", O_RDONLY | O_CLOEXEC));
}

/* As lsmctl pins them, with "map_" before the name, or by the name alone. */
static int find_pinned(const char *dir, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/map_%s", dir, name);
	fd = bpf_obj_get(path);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fd >= 0 ? fd : bpf_obj_get(path);
}

static void take_pinned(struct bpf_object *object, char *const dirs[])
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		const char *name = bpf_map__is_internal(map) ? "config" : bpf_map__name(map);
		int fd = -1;

		for (int i = 0; dirs[i] && fd < 0; i++)
			fd = find_pinned(dirs[i], name);
		if (fd >= 0 && bpf_map__reuse_fd(map, fd))
			die(name);
	}
}

/* Loads these programs, up to a NULL, and no others. */
static void load(struct bpf_object *object, const char *file, char *const names[])
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) bpf_program__set_autoload(program, false);
	for (; *names; names++) {
		program = bpf_object__find_program_by_name(object, *names);
		if (!program)
			die(*names);
		bpf_program__set_autoload(program, true);
	}
	if (bpf_object__load(object))
		die(file);
}

static struct bpf_object *open_object(const char *file)
{
	struct bpf_object *object = bpf_object__open(file);

	if (!object)
		die(file);
	return object;
}

static void attach_for_now(const char *file, char *const names[])
{
	struct bpf_object *object = open_object(file);

	load(object, file, names);
	for (; *names; names++) {
		if (!attach(bpf_object__find_program_by_name(object, *names)))
			die(*names);
	}
}

static void attach_pinned(const char *file, char *name, const char *pin, char *const dirs[])
{
	struct bpf_object *object = open_object(file);
	struct bpf_link *link;

	take_pinned(object, dirs);
	load(object, file, (char *const[]){name, NULL});
	link = attach(bpf_object__find_program_by_name(object, name));
	if (!link || bpf_link__pin(link, pin))
		die(name);
}

int main(int argc, char **argv)
{
	libbpf_set_print(print);
	if (argc >= 4 && !strcmp(argv[1], "--for-now")) {
		attach_for_now(argv[2], argv + 3);
	} else if (argc >= 5) {
		attach_pinned(argv[1], argv[2], argv[3], argv + 4);
	} else {
		fputs("usage: attach --for-now OBJECT NAME... | OBJECT NAME LINK DIR...\n", stderr);
		return 2;
	}
	return 0;
}
