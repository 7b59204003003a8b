// SPDX-License-Identifier: GPL-2.0-only
/* The hashes of a question's name and of those above it, as programs and commands compute them. */
#include "dns.h"
#include "bpf/suffix.h"

static struct suffixes state_of_suffixes;
static __u64 hashes[DNS_LABELS];
static __u32 n_hashes, whole;

static struct suffixes *suffixes(void)
{
	return &state_of_suffixes;
}

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
	assert_true(read_answer());
	assert_int_not_equal(suffix_labels(), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_names_and_what_is_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
