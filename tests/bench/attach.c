// SPDX-License-Identifier: GPL-2.0-only
/*
 *   attach OBJECT                    loads and attaches its programs, as any loader would, and ends: so do they
 *   attach OBJECT NAME LINK DIR...   one program of it, on the maps that are pinned in the directories as far as they
 *                                    are there; it stays attached by the pin LINK
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

int main(int argc, char **argv)
{
	struct bpf_program *program;
	struct bpf_object *object;

	libbpf_set_print(print);
	if (argc != 2 && argc < 5) {
		fputs("usage: attach OBJECT [NAME LINK DIR...]\n", stderr);
		return 2;
	}
	object = bpf_object__open(argv[1]);
	if (!object)
		die(argv[1]);
	if (argc > 2) {
		bpf_object__for_each_program(program, object)
			bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), argv[2]));
		take_pinned(object, argv + 4);
	}
	if (bpf_object__load(object))
		die(argv[1]);
	bpf_object__for_each_program(program, object)
	{
		struct bpf_link *link;

		if (!bpf_program__autoload(program) || bpf_program__type(program) == BPF_PROG_TYPE_SOCKET_FILTER)
			continue; /* such a filter is for BPF_PROG_TEST_RUN */
		link = attach(program);
		if (!link || (argc > 2 && bpf_link__pin(link, argv[3])))
			die(bpf_program__name(program));
	}
	return 0;
}
