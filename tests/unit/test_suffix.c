// SPDX-License-Identifier: GPL-2.0-only
/* The hashes of a question's name and of those above it, as programs and commands compute them. */
#include "dns.h"
#include "bpf/suffix.h"

static __u64 hashes[DNS_LABELS];
static __u32 n_hashes, whole;

static void suffix_found(__u64 hash, __u32 is_whole)
{
	assert_true(n_hashes < DNS_LABELS);
	hashes[n_hashes++] = hash;
	whole += is_whole;
}

/* Hashes a name and those above it, as the programs do. */
static void hash_suffixes(const char *name)
{
	n_hashes = whole = 0;
	put_head(0x8180, 1, 1);
	put_question(name, 1);
	put_address(60);
	message.len = (__u32)len;
	assert_int_not_equal(dns_question(1), 0);
	suffix_each();
	assert_int_equal(whole, 1);
}

static void hashes_names_and_what_is_above(void **state)
{
	__u64 com, example, www;
	char longest[255] = "x";

	(void)state;
	hash_suffixes("com");
	com = dns_hash_label(message.seed, message.seed, "com", 3);
	example = dns_hash_label(com, message.seed, "example", 7);
	www = dns_hash_label(example, message.seed, "www", 3);
	hash_suffixes("wWw.Example.COM");
	assert_int_equal(n_hashes, 3);
	assert_int_equal(hashes[0], com);
	assert_int_equal(hashes[1], example);
	assert_int_equal(hashes[2], www);
	hash_suffixes("com");
	assert_int_equal(n_hashes, 1);
	assert_int_equal(hashes[0], com);
	for (int i = 0; i < 126; i++)
		strcat(longest, ".x");
	hash_suffixes(longest);
	assert_int_equal(n_hashes, 127);
}

/* A label is read in eights: any length, and each letter of it, counts. */
static void hashes_labels_of_any_length(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 63; n++) {
		char label[64] = "";
		__u64 hash;

		for (size_t i = 0; i < n; i++)
			label[i] = (char)('a' + i % 26);
		hash_suffixes(label);
		assert_int_equal(n_hashes, 1);
		hash = dns_hash_label(message.seed, message.seed, label, n);
		assert_true(hashes[0] == hash);
		for (size_t i = 0; i < n; i++) {
			label[i] ^= 1;
			hash_suffixes(label);
			assert_true(hashes[0] != hash);
			label[i] ^= 1 ^ 'a' ^ 'A';
			hash_suffixes(label);
			assert_true(hashes[0] == hash);
			label[i] ^= 'a' ^ 'A';
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_names_and_what_is_above),
		cmocka_unit_test(hashes_labels_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
