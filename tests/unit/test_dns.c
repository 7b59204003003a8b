// SPDX-License-Identifier: GPL-2.0-only
/* What bpf/dns.h reads of messages, and how names are written; broken messages are in test_dns_broken.c. */
#include "dns.h"
#include "base/dns_name.h"

static void reads_addresses(void **state)
{
	(void)state;
	put_answer("www.example", 2);
	put_address(60);
	put_address(86401);
	assert_true(read_answer());
	assert_int_equal(message.id, 0x4711);
	assert_int_equal(n_found, 2);
	assert_memory_equal(&found[0].ip.w[3], address4, 4);
	assert_true(ip_is_v4(&found[0].ip));
	assert_int_equal(found[0].ttl, 60);
	assert_int_equal(found[1].ttl, 86401);

	put_head(0x8180, 1, 1);
	put_question("www.example", 28);
	put_name("WWW.example");
	put_record(28, 1, 5, address6, 16);
	assert_true(read_answer());
	assert_int_equal(n_found, 1);
	assert_memory_equal(&found[0].ip, address6, 16);
}

static void follows_aliases_in_order(void **state)
{
	(void)state;
	put_answer("a.example", 3);
	put("\xc0\x0c", 2);
	put_record(5, 1, 60, "\1b\xc0\x0e", 4); /* b.example */
	put("\xc0\x27", 2);			/* where that is */
	assert_memory_equal(message.bytes + 0x27, "\1b\xc0\x0e", 4);
	put_record(5, 1, 60, "\1c\0", 3); /* c */
	put_name("c");
	put_record(1, 1, 60, address4, 4);
	assert_true(read_answer());
	assert_int_equal(n_found, 1);
}

static void reads_the_longest(void **state)
{
	char name[255] = "x";

	(void)state;
	for (int i = 0; i < 126; i++)
		strcat(name, ".x"); /* 127 labels: 255 bytes */
	put_answer(name, DNS_RECORDS);
	for (int i = 0; i < DNS_RECORDS; i++)
		put_address(60);
	assert_true(read_answer());
	assert_int_equal(n_found, DNS_RECORDS);
	put_answer("a", 1);
	while (len < DNS_SIZE - 16)
		put("\0", 1);
	put_address(60);
	put_answer("a", 1);
	put_address(60);
	len = DNS_SIZE; /* more sections */
	assert_true(read_answer());
	assert_int_equal(n_found, 1);
}

/* A query and its answer have the same hash only if every letter is the same. */
static __u64 hash_of(unsigned int flags, const char *name, unsigned int type, bool *ok)
{
	put_head(flags, 1, 0);
	put_question(name, type);
	if (flags >> 15)
		put_address(60);
	message.len = (__u32)len;
	*ok = dns_question(flags >> 15);
	return message.question;
}

static void tells_questions_apart(void **state)
{
	static const char *const others[] = {"www.examplf", "www.Example", "www.exampl", "www.example.x",
					     "ww.wexample", "wwwexample",  "xww.example"};
	bool ok;
	__u64 asked = hash_of(0x0100, "www.example", 1, &ok);

	(void)state;
	assert_true(ok);
	assert_true(hash_of(0x8180, "www.example", 1, &ok) == asked && ok);
	for (size_t i = 0; i < LENGTH(others); i++)
		assert_case(hash_of(0x8180, others[i], 1, &ok) != asked && ok, others[i]);
	assert_true(hash_of(0x8180, "www.example", 28, &ok) != asked && ok);
	hash_of(0x8180, "WWW.example", 1, &ok);
	asked = message.name;
	hash_of(0x8180, "www.EXAMPLE", 1, &ok);
	assert_true(message.name == asked);
	message.seed++;
	message.len = (__u32)len;
	dns_question(1);
	assert_true(message.name != asked);
}

/* A query is looked at without its length, and in a copy of its own. */
static __u64 sent_hash(void)
{
	__u64 words[DNS_NAME_WORDS + 1] = {};
	size_t n = len - DNS_HEAD;

	memcpy(words, message.bytes + DNS_HEAD, n < sizeof(words) ? n : sizeof(words));
	return dns_sent_hash(message.seed, words);
}

static void knows_a_question_by_the_query_that_was_sent(void **state)
{
	char name[254] = "";
	bool ok;

	(void)state;
	for (size_t size = 1; size < sizeof(name); size++) {
		name[size - 1] = size % 64 ? (char)('a' + size % 26) : '.';
		if (name[size - 1] == '.')
			continue;
		hash_of(0x0100, name, 28, &ok);
		assert_true(ok);
		assert_true(sent_hash() == message.question);
		put("\0\0\x29\x10", 4); /* more sections */
		assert_true(sent_hash() == message.question);
		hash_of(0x0100, name, 1, &ok);
		assert_true(sent_hash() == message.question);
	}
	assert_int_equal(message.size, DNS_NAME);
	put_head(0x0100, 1, 0);
	while (len < DNS_SIZE)
		put("x", 1);
	assert_true(!sent_hash()); /* no end */
	/* A name that holds a 0 itself, which nobody asks for. */
	put_head(0x0100, 1, 0);
	put("\3a\0b\0\0\1\0\1", 9);
	message.len = (__u32)len;
	assert_true(dns_question(0));
	assert_true(sent_hash() != message.question);
}

static void keeps_an_hour_to_a_day_unless_it_is_set(void **state)
{
	const struct settings none = {}, some = {.keep_least = 5, .keep_most = 7};
	const __u32 hour = settings_keep_least(&none), day = settings_keep_most(&none);

	(void)state;
	assert_int_equal(hour, 3600);
	assert_int_equal(day, 86400);
	assert_int_equal(dns_keep(0, hour, day), 3600);
	assert_int_equal(dns_keep(3599, hour, day), 3600);
	assert_int_equal(dns_keep(3601, hour, day), 3601);
	assert_int_equal(dns_keep(86399, hour, day), 86399);
	assert_int_equal(dns_keep(86401, hour, day), 86400);
	assert_int_equal(dns_keep(0x7fffffff, hour, day), 86400);
	assert_int_equal(dns_keep(0x80000000, hour, day), 3600);
	assert_int_equal(dns_keep(0xffffffff, hour, day), 3600);
	assert_int_equal(settings_keep_least(&some), 5);
	assert_int_equal(settings_keep_most(&some), 7);
	assert_int_equal(dns_keep(6, 5, 7), 6);
	assert_int_equal(dns_keep(8, 5, 7), 7);
}

static void makes_small_letters(void **state)
{
	(void)state;
	for (__u64 byte = 0; byte < 256; byte++) {
		const __u64 small = byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;

		for (unsigned int at = 0; at < 64; at += 8)
			assert_true(dns_small(byte << at) == small << at);
		assert_true(dns_small(byte * EACH_BYTE) == small * EACH_BYTE);
	}
}

static void writes_names(void **state)
{
	static const struct {
		const char *wire;
		size_t size;
		const char *text; /* NULL: it is none */
	} cases[] = {
		{"\3www\7Example\0", 14, "www.example"},
		{"\0", 1, "."},
		{"\3a.b\0", 5, "a\\.b"},
		{"\1\\\0", 3, "\\\\"},
		{"\4\x1b[2J\0", 6, "\\027[2j"},
		{"\2\xc3\xa9\0", 4, "\\195\\169"},
		{"\1 \0", 3, "\\032"},
		{"\3www", 4, NULL},
		{"\3ww", 3, NULL},
		{"\x40", 1, NULL},
		{"\xc0\x0c", 2, NULL},
		{"", 0, NULL},
	};
	uint8_t longest[255];
	char text[DNS_NAME_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		bool ok = dns_name_text((const uint8_t *)cases[i].wire, cases[i].size, text);

		assert_case(ok == !!cases[i].text, cases[i].wire);
		assert_string_equal(text, cases[i].text ? cases[i].text : "");
	}
	memset(longest, 0xff, sizeof(longest));
	longest[0] = longest[64] = longest[128] = 63;
	longest[192] = 61;
	longest[254] = 0;
	assert_true(dns_name_text(longest, sizeof(longest), text));
	assert_int_equal(strlen(text), 250 * 4 + 3);
}

static void matches_patterns(void **state)
{
	(void)state;
	assert_true(dns_name_matches("www.example", "www.example"));
	assert_true(dns_name_matches("WWW.Example.", "www.example"));
	assert_true(dns_name_matches("*.example", "www.example"));
	assert_true(dns_name_matches("*.EXAMPLE.", "a.b.example"));
	assert_true(dns_name_matches(".", "."));
	assert_false(dns_name_matches("*.example", "example"));
	assert_false(dns_name_matches("*.example", "wwwexample"));
	assert_false(dns_name_matches("*.example", ".example"));
	assert_false(dns_name_matches("example", "www.example"));
	assert_false(dns_name_matches("www.example", "www.exampl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(follows_aliases_in_order),
		cmocka_unit_test(reads_the_longest),
		cmocka_unit_test(tells_questions_apart),
		cmocka_unit_test(knows_a_question_by_the_query_that_was_sent),
		cmocka_unit_test(keeps_an_hour_to_a_day_unless_it_is_set),
		cmocka_unit_test(makes_small_letters),
		cmocka_unit_test(writes_names),
		cmocka_unit_test(matches_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
