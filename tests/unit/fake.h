/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few bpf(2) calls that tables, pins and watchers need, as libbpf names them: linked in the place of libbpf's. A
 * map is a file in memory, and a pin is a file that holds its map's id. So neither root nor BPF is needed, each call
 * can be made to fail, and a test can look at what programs would see before and after it.
 *
 * It is stricter than the kernel where that shows a mistake: only what an outer map holds has an id.
 */
#ifndef LSMCTL_FAKE_H
#define LSMCTL_FAKE_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define FAKE_MAPS    1024
#define FAKE_SLOTS   16
#define FAKE_ENTRIES 16

struct fake_map {
	int fd;
	ino_t ino;
	__u32 type, value_size, max;
	__u32 inner[FAKE_SLOTS]; /* of an outer map: ids; 0: nothing */
	struct fake_entry {
		__u64 key;
		__u32 value;
	} entries[FAKE_ENTRIES]; /* of a hash */
	__u32 n;
};

static struct fake {
	struct fake_map maps[FAKE_MAPS]; /* id n is at n - 1 */
	__u32 n;
	__u32 puts;	      /* into slots of outer maps, tried so far: each waits for the programs */
	__u32 calls;	      /* that tests let fail: made so far */
	__u32 fail_at;	      /* this one of them fails; 0: none */
	int error;	      /* with this errno */
	void (*looked)(void); /* called behind each of them, NULL: nobody is */
	int (*run)(const void *packet, void *answer); /* what the program does that a test runs; NULL: there is none */
	bool no_bpffs;				      /* directories say that they are on another file system */
	pthread_mutex_t lock;			      /* publishing calls from three threads */
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .error = ENOMEM};

/* Forgets all maps. */
static inline void fake_begin(void)
{
	for (__u32 i = 0; i < fake.n; i++)
		close(fake.maps[i].fd);
	fake = (struct fake){.lock = PTHREAD_MUTEX_INITIALIZER, .error = ENOMEM};
}

static inline struct fake_map *fake_map(__u32 id)
{
	return &fake.maps[id - 1];
}

/* The id of a new one. */
static inline __u32 fake_make(__u32 type, __u32 value_size, __u32 max)
{
	size_t size = type == BPF_MAP_TYPE_ARRAY ? (size_t)value_size * max : 0;
	struct fake_map *map = &fake.maps[fake.n];
	struct stat st;

	assert_true(fake.n < FAKE_MAPS && max);
	*map = (struct fake_map){
		.fd = memfd_create("map", MFD_CLOEXEC), .type = type, .value_size = value_size, .max = max};
	assert_true(map->fd >= 0 && !ftruncate(map->fd, (off_t)size) && !fstat(map->fd, &st));
	map->ino = st.st_ino;
	return ++fake.n;
}

static inline __u32 fake_id(int fd)
{
	struct stat st;

	for (__u32 id = 1; !fstat(fd, &st) && id <= fake.n; id++) {
		if (fake_map(id)->ino == st.st_ino)
			return id;
	}
	return 0;
}

static inline int fake_open(__u32 id)
{
	return fcntl(fake_map(id)->fd, F_DUPFD_CLOEXEC, 0);
}

/* Whether a call is to fail: errno is set then. */
static inline bool fake_fails(void)
{
	if (++fake.calls != fake.fail_at)
		return false;
	errno = fake.error;
	return true;
}

static inline int fake_end(int ret)
{
	int error = errno;

	if (fake.looked)
		fake.looked();
	pthread_mutex_unlock(&fake.lock);
	errno = error;
	return ret;
}

static inline int fake_refused(int error)
{
	errno = error;
	return -1;
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size, __u32 max,
		   const struct bpf_map_create_opts *opts)
{
	bool fails;

	pthread_mutex_lock(&fake.lock);
	fails = fake_fails();
	if (type == BPF_MAP_TYPE_HASH)
		assert_true(name[0] && key_size == sizeof(__u64) && value_size == sizeof(__u32) && !opts);
	else
		assert_true(name[0] && key_size == sizeof(__u32) &&
			    opts->map_flags == (BPF_F_MMAPABLE | BPF_F_INNER_MAP));
	return fake_end(fails ? -1 : fake_open(fake_make(type, value_size, max)));
}

/* Of an outer map. The kernel takes only inner maps of the kind that it was made with. */
static inline int fake_put(int fd, __u32 slot, __u32 inner)
{
	__u32 id = fake_id(fd);

	if (!id || slot >= fake_map(id)->max)
		return fake_refused(E2BIG);
	assert_int_equal(fake_map(id)->type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	if (!inner && !fake_map(id)->inner[slot])
		return fake_refused(ENOENT);
	fake_map(id)->inner[slot] = inner;
	return 0;
}

/* The map with this fd, if it is a hash; else NULL. */
static inline struct fake_map *fake_hash(int fd)
{
	__u32 id = fake_id(fd);

	return id && fake_map(id)->type == BPF_MAP_TYPE_HASH ? fake_map(id) : NULL;
}

static inline struct fake_entry *fake_entry(struct fake_map *map, __u64 key)
{
	for (__u32 i = 0; i < map->n; i++) {
		if (map->entries[i].key == key)
			return &map->entries[i];
	}
	return NULL;
}

static inline int fake_add(struct fake_map *map, __u64 key, __u32 value, __u64 flags)
{
	struct fake_entry *there = fake_entry(map, key);

	if (there && flags == BPF_NOEXIST)
		return fake_refused(EEXIST);
	if (!there && map->n == (map->max < FAKE_ENTRIES ? map->max : FAKE_ENTRIES))
		return fake_refused(E2BIG);
	*(there ? there : &map->entries[map->n++]) = (struct fake_entry){key, value};
	return 0;
}

static inline int fake_drop(struct fake_map *map, __u64 key)
{
	struct fake_entry *there = fake_entry(map, key);

	if (!there)
		return fake_refused(ENOENT);
	*there = map->entries[--map->n];
	return 0;
}

/* No map has addresses of names. */
int bpf_map_lookup_batch(int fd, void *in, void *out, void *keys, void *values, __u32 *count,
			 const struct bpf_map_batch_opts *opts)
{
	(void)fd, (void)in, (void)out, (void)keys, (void)values, (void)opts;
	*count = 0;
	errno = ENOENT;
	return -1;
}

int bpf_map_get_next_key(int fd, const void *key, void *next)
{
	struct fake_map *map = fake_hash(fd);
	const struct fake_entry *last = map && key ? fake_entry(map, *(const __u64 *)key) : NULL;
	__u32 at = last ? (__u32)(last - map->entries) + 1 : 0;

	if (!map || at >= map->n)
		return fake_refused(ENOENT);
	*(__u64 *)next = map->entries[at].key;
	return 0;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	struct fake_map *map = fake_hash(fd);
	const struct fake_entry *there = map ? fake_entry(map, *(const __u64 *)key) : NULL;

	if (!there)
		return fake_refused(ENOENT);
	*(__u32 *)value = there->value;
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	struct fake_map *hash = fake_hash(fd);
	__u32 inner = hash ? 0 : fake_id(*(const int *)value);

	pthread_mutex_lock(&fake.lock);
	if (hash)
		return fake_end(fake_fails() ? -1 : fake_add(hash, *(const __u64 *)key, *(const __u32 *)value, flags));
	assert_true(flags == BPF_ANY);
	fake.puts++;
	if (fake_fails())
		return fake_end(-1);
	return fake_end(inner ? fake_put(fd, *(const __u32 *)key, inner) : fake_refused(EBADF));
}

int bpf_map_delete_elem(int fd, const void *key)
{
	struct fake_map *hash = fake_hash(fd);

	pthread_mutex_lock(&fake.lock);
	if (hash)
		return fake_end(fake_fails() ? -1 : fake_drop(hash, *(const __u64 *)key));
	return fake_end(fake_fails() ? -1 : fake_put(fd, *(const __u32 *)key, 0));
}

int bpf_map_get_fd_by_id(__u32 id)
{
	bool held = false;

	pthread_mutex_lock(&fake.lock);
	if (fake_fails())
		return fake_end(-1);
	for (__u32 i = 0; i < fake.n; i++) {
		for (__u32 slot = 0; slot < FAKE_SLOTS; slot++)
			held = held || (id && fake.maps[i].inner[slot] == id);
	}
	return fake_end(held ? fake_open(id) : fake_refused(ENOENT));
}

int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *size)
{
	struct bpf_map_info *to = info;
	__u32 id = fake_id(fd);

	pthread_mutex_lock(&fake.lock);
	assert_true(*size == sizeof(*to));
	if (fake_fails() || !id)
		return fake_end(-1);
	to->id = id;
	to->type = fake_map(id)->type;
	to->value_size = fake_map(id)->value_size;
	to->max_entries = fake_map(id)->max;
	return fake_end(0);
}

int bpf_obj_pin(int fd, const char *path)
{
	__u32 id = fake_id(fd);
	int pin;

	pthread_mutex_lock(&fake.lock);
	if (fake_fails())
		return fake_end(-1);
	pin = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (pin >= 0) {
		assert_int_equal(write(pin, &id, sizeof(id)), sizeof(id));
		close(pin);
	}
	return fake_end(pin < 0 ? -1 : 0);
}

int bpf_obj_get_opts(const char *path, const struct bpf_obj_get_opts *opts)
{
	int pin = open(path, O_RDONLY | O_CLOEXEC);
	__u32 id = 0;

	pthread_mutex_lock(&fake.lock);
	(void)opts;
	if (pin < 0)
		return fake_end(-1);
	assert_int_equal(read(pin, &id, sizeof(id)), sizeof(id));
	close(pin);
	return fake_end(fake_fails() ? -1 : fake_open(id));
}

int bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *opts)
{
	pthread_mutex_lock(&fake.lock);
	(void)fd;
	if (fake_fails())
		return fake_end(-1);
	if (!fake.run)
		return fake_end(fake_refused(EINVAL));
	opts->retval = (__u32)fake.run(opts->data_in, opts->data_out);
	return fake_end(0);
}

/* All that is mocked of the C library: which file system a directory is on. */
int fstatfs(int fd, struct statfs *fs)
{
	int ret = (int)syscall(SYS_fstatfs, fd, fs);

	if (!ret && !fake.no_bpffs)
		fs->f_type = BPF_FS_MAGIC;
	return ret;
}

int statfs(const char *path, struct statfs *fs)
{
	int ret = (int)syscall(SYS_statfs, path, fs);

	if (!ret && !fake.no_bpffs)
		fs->f_type = BPF_FS_MAGIC;
	return ret;
}

#endif
