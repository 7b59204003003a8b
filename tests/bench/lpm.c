// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel offers for this without any tables of one's own: LPM tries, filled with one call each.
 *
 *   lpm load FILE DIR    reads a list, makes DIR/lpm4 and DIR/lpm6 (pinned) and fills them
 *
 * The list is read by lsmctl's own scanner, so that nothing but the maps differs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "bpf/ip.h"
#include "rule/prefix.h"
#include "rule/prefix_scan.h"

#define SPARE 64 /* entries that may be added */

struct key {
	__u32 len;
	__u8 bytes[16]; /* IPv4 uses 4 */
};

struct trie {
	const char *name;
	__u32 key_size;
	char *keys;
	__u32 n, room;
};

static void die(const char *what)
{
	fprintf(stderr, "lpm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void append(struct trie *trie, const struct key *key)
{
	if (trie->n == trie->room) {
		trie->room = trie->room ? trie->room * 2 : 1024;
		trie->keys = realloc(trie->keys, (size_t)trie->room * trie->key_size);
		if (!trie->keys)
			die("keys");
	}
	memcpy(trie->keys + (size_t)trie->n++ * trie->key_size, key, trie->key_size);
}

static void read_list(const char *name, struct trie tries[2])
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	const char *at, *end;

	if (fd < 0 || fstat(fd, &st))
		die(name);
	if (!st.st_size) {
		close(fd);
		return;
	}
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		die(name);
	for (end = at + st.st_size; at < end; at++) {
		struct prefix prefix;
		struct key key = {};

		at = prefix_scan(at, end, &prefix);
		if (!at || *at != '\n') {
			errno = EINVAL;
			die(name);
		}
		if (ip_is_v4(&prefix.ip)) {
			key.len = prefix.len - 96u;
			memcpy(key.bytes, &prefix.ip.w[3], 4);
			append(&tries[0], &key);
		} else {
			key.len = prefix.len;
			memcpy(key.bytes, &prefix.ip, 16);
			append(&tries[1], &key);
		}
	}
	close(fd);
}

static void fill(const struct trie *trie, const char *dir)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	int fd = bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, trie->name, trie->key_size, sizeof(__u32), trie->n + SPARE,
				&opts);
	__u32 *values = calloc(trie->n + 1, sizeof(*values));
	__u32 count = trie->n;
	char path[256];

	if (fd < 0 || !values)
		die(trie->name);
	if (count && bpf_map_update_batch(fd, trie->keys, values, &count, NULL))
		die(trie->name);
	snprintf(path, sizeof(path), "%s/%s", dir, trie->name);
	unlink(path);
	if (bpf_obj_pin(fd, path))
		die(path);
}

int main(int argc, char **argv)
{
	struct trie tries[2] = {{.name = "lpm4", .key_size = 8}, {.name = "lpm6", .key_size = 20}};

	if (argc != 4 || strcmp(argv[1], "load")) {
		fputs("usage: lpm load FILE DIR\n", stderr);
		return 2;
	}
	read_list(argv[2], tries);
	for (int i = 0; i < 2; i++)
		fill(&tries[i], argv[3]);
	return 0;
}
