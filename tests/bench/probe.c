// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether the rules do what they say: holds somebody's answers against FILE, lines of an address and 1 (some rule
 * covers it) or 0. All rules block, and the default is to allow.
 *
 *   probe connect FILE       by asking the kernel for a connection: EPERM, or not
 *   probe connect4 FILE      the same, IPv4 only
 *   probe walk FILE DIR      by walking the tables pinned in DIR, as the programs do
 *   probe lpm FILE DIR       by a lookup in DIR/lpm4 and DIR/lpm6
 *
 * Prints the number of addresses, or says which one is wrong and exits 1.
 *
 *   probe memory DIR         the bytes that the maps pinned in DIR take up
 *   probe floor FILE DIR     reads FILE, and writes as many bytes as these: no way to put rules in force does less
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <sys/socket.h>
#include "bpf/filter.h"
#include "table/walk.h"

static struct tables tables;
/* No rule of the benchmark expires. */
static struct generation generation = {.t = &tables};
static int lpm[2];

static void die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int by_connect(const union ip *ip)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = ip->w[3]};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	int v4 = ip_is_v4(ip), fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	memcpy(&in6.sin6_addr, ip, sizeof(*ip));
	ret = v4 ? connect(fd, (struct sockaddr *)&in, sizeof(in)) : connect(fd, (struct sockaddr *)&in6, sizeof(in6));
	if (ret && errno != EPERM)
		die("connect");
	close(fd);
	return ret != 0;
}

static int is_mentioned(const union ip *ip)
{
	const struct shared *shared = (const void *)tables.shared.base; /* open_tables() has mapped all of it */

	return filter_has_port(shared, 9) ||
	       (ip_is_v4(ip) ? filter4_has(shared, ip->w[3]) : filter6_has(shared, be64(ip->d[0])));
}

static int by_walk(const union ip *ip)
{
	const struct query query = {.ip = *ip, .call = call_make(9, IPPROTO_UDP, 0, 0)};
	struct generation *g = &generation;
	__u32 root = subject_root(g, tables.header, SUBJECT_EVERYONE, 0, !ip_is_v4(ip));

	return is_mentioned(ip) && walk(g, trie_leaf(g, root, ip), &query) != 0;
}

static int by_lpm(const union ip *ip)
{
	struct {
		__u32 len;
		__u8 bytes[16];
	} key;
	int v4 = ip_is_v4(ip);
	__u32 value;

	key.len = v4 ? 32 : 128;
	memcpy(key.bytes, v4 ? (const void *)&ip->w[3] : ip, v4 ? 4 : 16);
	return !bpf_map_lookup_elem(lpm[!v4], &key, &value);
}

static size_t memory(void)
{
	const struct mapped *windows[] = {&tables.shared, &tables.arena, &tables.rules, &tables.counters};
	size_t page = (size_t)sysconf(_SC_PAGESIZE), sum = 0;

	for (int i = 0; i < 4; i++)
		sum += (windows[i]->size + page - 1) / page * page + page; /* one for the map itself */
	return sum;
}

static void go_to_floor(FILE *file)
{
	static char block[1 << 16];
	size_t size = memory();
	char *to = malloc(size);

	if (!to)
		die("memory");
	while (fread(block, 1, sizeof(block), file) == sizeof(block))
		;
	for (size_t at = 0; at < size; at += sizeof(block))
		memcpy(to + at, block, size - at < sizeof(block) ? size - at : sizeof(block));
	printf("%d\n", to[size / 2]);
}

static int open_lpm(const char *dir, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		die(path);
	return fd;
}

static void open_tables(const char *dir)
{
	struct pins pins = PINS_CLOSED;
	struct error err = {};

	if (pins_open(&pins, dir, PINS_SHARED, &err) || tables_open(&tables, &pins, TABLES_READ, &err) ||
	    !mapped_at(&tables.shared, 0, sizeof(struct shared))) {
		fprintf(stderr, "probe: %s\n", err.text);
		exit(2);
	}
	pins_close(&pins);
}

int main(int argc, char **argv)
{
	int (*blocked)(const union ip *ip) = NULL;
	char text[64];
	int wanted, n = 0, v4_only = 0;
	FILE *file;

	if (argc == 3 && !strcmp(argv[1], "memory")) {
		open_tables(argv[2]);
		printf("%zu\n", memory());
		return 0;
	}
	if (argc == 3 && !strncmp(argv[1], "connect", 7)) {
		v4_only = argv[1][7] == '4';
		blocked = by_connect;
	} else if (argc == 4 && !strcmp(argv[1], "walk")) {
		open_tables(argv[3]);
		blocked = by_walk;
	} else if (argc == 4 && !strcmp(argv[1], "lpm")) {
		lpm[0] = open_lpm(argv[3], "lpm4");
		lpm[1] = open_lpm(argv[3], "lpm6");
		blocked = by_lpm;
	}
	if (argc == 4 && !strcmp(argv[1], "floor")) {
		open_tables(argv[3]);
		file = fopen(argv[2], "r");
		if (!file)
			die(argv[2]);
		go_to_floor(file);
		return 0;
	}
	file = blocked ? fopen(argv[2], "r") : NULL;
	if (!file) {
		fputs("usage: probe connect|connect4|walk|lpm|floor FILE [DIR], or probe memory DIR\n", stderr);
		return 2;
	}
	for (; fscanf(file, "%63s %d", text, &wanted) == 2; n++) {
		union ip ip = {.w = {0, 0, MAPPED_PREFIX}};

		if (inet_pton(AF_INET, text, &ip.w[3]) != 1 && inet_pton(AF_INET6, text, &ip) != 1) {
			errno = EINVAL;
			die(text);
		}
		if (v4_only && !ip_is_v4(&ip))
			continue;
		if (blocked(&ip) != wanted) {
			fprintf(stderr, "%s is %s\n", text, wanted ? "not blocked" : "blocked");
			return 1;
		}
	}
	fclose(file);
	printf("%d\n", n);
	return n < 1000; /* a file that is cut short shows nothing */
}
