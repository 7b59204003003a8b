// SPDX-License-Identifier: GPL-2.0-only
/* The key of a lock: its file, and the hash of which the kernel keeps the result. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "unit.h"
#include "bpf/sha256.h"
#include "policy/lock_key.h"

#define MUST(call) assert_int_equal(call, 0)

static char directory[] = "/tmp/lock-key-XXXXXX";
static char path[64];

static int begin(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/lock-key-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/key", directory);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

/* Of FIPS 180-4 by sha256sum: 32 bytes of text, of zeros, and of ones. */
static void the_hash_is_sha256(void **state)
{
	static const struct {
		__u32 key[8], digest[8];
	} vectors[] = {
		{{0x61626364, 0x65666768, 0x696a6b6c, 0x6d6e6f70, 0x71727374, 0x75767778, 0x797a3031, 0x32333435},
		 {0x653bb124, 0x5e828fcd, 0xa4fa53fc, 0xd5a3def5, 0xbd7654e6, 0x51f54b41, 0x32b73d74, 0xe64435c4}},
		{{0}, {0x66687aad, 0xf862bd77, 0x6c8fc18b, 0x8e9f8e20, 0x08971485, 0x6ee233b3, 0x902a591d, 0x0d5f2925}},
		{{~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u},
		 {0xaf961376, 0x0f72635f, 0xbdb44a5a, 0x0a63c39f, 0x12af30f9, 0x50a6ee5c, 0x971be188, 0xe89c4051}},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(vectors); i++) {
		__u32 digest[8];

		sha256_of_key(vectors[i].key, digest);
		assert_memory_equal(digest, vectors[i].digest, sizeof(digest));
	}
}

static void a_key_that_is_made_is_read_again(void **state)
{
	struct lock_key made, read, other;
	struct error err = {};
	struct stat st;

	(void)state;
	MUST(lock_key_create(&made, path, &err));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 65);
	if (geteuid())
		return; /* a key is root's */
	MUST(lock_key_read(&read, path, &err));
	assert_memory_equal(&made, &read, sizeof(made));
	assert_int_equal(lock_key_create(&other, path, &err), -1);
	assert_int_equal(unlink(path), 0);
	err = (struct error){};
	MUST(lock_key_create(&other, path, &err));
	assert_memory_not_equal(&made, &other, sizeof(made));
}

static void put(const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void refuses(const char *text)
{
	struct lock_key key;
	struct error err = {};

	assert_int_equal(lock_key_read(&key, path, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_in(err.text, text);
}

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void what_is_no_key_is_refused(void **state)
{
	struct lock_key key;
	struct error err = {};

	(void)state;
	refuses("no such file");
	if (geteuid())
		return;
	put(DIGITS "0\n", 0600);
	MUST(lock_key_read(&key, path, &err));
	assert_true(key.words[0] == 0x0123456789abcdef && key.words[3] == 0x0123456789abcde0);
	put(DIGITS "0", 0600);
	MUST(lock_key_read(&key, path, &err));
	put(DIGITS "\n", 0600);
	refuses("64 hexadecimal digits");
	put(DIGITS "00\n", 0600);
	refuses("64 hexadecimal digits");
	put(DIGITS "0\n\n", 0600);
	refuses("64 hexadecimal digits");
	put(DIGITS "G\n", 0600);
	refuses("64 hexadecimal digits");
	put("", 0600);
	refuses("64 hexadecimal digits");
	put(DIGITS "0\n", 0640);
	refuses("chmod 0600");
	put(DIGITS "0\n", 0600);
	assert_int_equal(chown(path, 1, 1), 0);
	refuses("belongs to uid 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_sha256),
		cmocka_unit_test_setup_teardown(a_key_that_is_made_is_read_again, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_key_is_refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
