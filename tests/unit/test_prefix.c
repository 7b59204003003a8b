// SPDX-License-Identifier: GPL-2.0-only
/* Single destinations and lists of them; ranges are in test_range.c. */
#include "unit.h"
#include "rule/prefix.h"

/* The destinations as text, always with their lengths, commas between; or the error's. Freed by the next call. */
static const char *parsed(const char *destination)
{
	static char text[16384];
	struct prefixes list = {};
	struct error err = {};
	size_t len = 0;

	text[0] = '\0';
	if (prefixes_parse(&list, destination, &err)) {
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(list.n, 0);
		snprintf(text, sizeof(text), "! %s", err.text);
	}
	for (size_t i = 0; i < list.n; i++) {
		char one[PREFIX_TEXT_SIZE];

		prefix_format(&list.at[i], false, one);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "," : "", one);
	}
	prefixes_free(&list);
	return text;
}

static void takes_addresses_and_prefixes(void **state)
{
	static const char *const cases[][2] = {
		{"1.1.1.1", "1.1.1.1/32"},
		{"255.255.255.255", "255.255.255.255/32"},
		{"0.0.0.1", "0.0.0.1/32"},
		{"10.0.0.0/8", "10.0.0.0/8"},
		{"1.1.1.1/32", "1.1.1.1/32"},
		{"1.1.1.0/31", "1.1.1.0/31"},
		{"128.0.0.0/1", "128.0.0.0/1"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"0.0.0.0/8", "0.0.0.0/8"},
		{"0.0.0.0/31", "0.0.0.0/31"},
		{"2001:db8::1", "2001:db8::1/128"},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1/128"},
		{"2001:db8::/32", "2001:db8::/32"},
		{"::1", "::1/128"},
		{"::/0", "::/0"},
		{"::/127", "::/127"},
		{"8000::/1", "8000::/1"},
		{"fe80::/10", "fe80::/10"},
		{"64:ff9b::192.0.2.1", "64:ff9b::c000:201/128"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
		/* IPv4 in the one address space, either way of writing it. */
		{"::ffff:1.1.1.1", "1.1.1.1/32"},
		{"::ffff:101:101", "1.1.1.1/32"},
		{"0:0:0:0:0:ffff:1.1.1.1/128", "1.1.1.1/32"},
		{"::ffff:10.0.0.0/104", "10.0.0.0/8"},
		{"::ffff:0:0/96", "0.0.0.0/0"},
		{"::ffff:0.0.0.0/96", "0.0.0.0/0"},
		/* Just beside and around it: IPv6. */
		{"::fffe:0:0/95", "::fffe:0:0/95"},
		{"::fffe:101:101", "::fffe:101:101/128"},
		{"::1:0:0:0", "::1:0:0:0/128"},
		{"::1.1.1.1", "::1.1.1.1/128"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(parsed(cases[i][0]), cases[i][1]);
}

static void takes_words(void **state)
{
	static const char *const cases[][2] = {
		{"any", "0.0.0.0/0,::/0"},
		{"any4", "0.0.0.0/0"},
		{"any6", "::/0"},
		{"loopback", "127.0.0.0/8,::1/128"},
		{"lan", "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"},
		{"link-local", "169.254.0.0/16,fe80::/10"},
		{"multicast", "224.0.0.0/4,ff00::/8"},
		{"autoconf", "255.255.255.255/32,ff02::1:2/128,ff02::1/128,ff02::2/128,ff02::1:ff00:0/104,fe80::/10"},
	};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(parsed(cases[i][0]), cases[i][1]);
	/* No word is missing here. */
	while (prefix_word(n))
		n++;
	assert_int_equal(n, LENGTH(cases) + 1);
}

static void takes_the_word_for_name_servers_in_rules(void **state)
{
	struct prefixes list = {.names = true}, call = {};
	char text[PREFIX_TEXT_SIZE];
	struct error err = {};

	(void)state;
	assert_int_equal(prefixes_parse(&list, "resolvers,1.1.1.1,resolvers", &err), 0);
	assert_int_equal(list.n, 2);
	assert_true(prefix_is_resolvers(&list.at[0]) && prefix_is_name(&list.at[0]));
	assert_false(prefix_is_resolvers(&list.at[1]));
	prefix_format(&list.at[0], false, text);
	assert_string_equal(text, "resolvers");
	prefixes_free(&list);
	assert_int_equal(prefixes_parse(&call, "resolvers", &err), -1);
}

static void takes_lists(void **state)
{
	static const char *const cases[][2] = {
		{"1.1.1.1,2.2.2.2", "1.1.1.1/32,2.2.2.2/32"},
		{"1.1.1.1,::1,10.0.0.0/8,any6", "1.1.1.1/32,::1/128,10.0.0.0/8,::/0"},
		/* Duplicates become one rule, in any spelling. */
		{"1.1.1.1,1.1.1.1", "1.1.1.1/32"},
		{"1.1.1.1,::ffff:1.1.1.1,1.1.1.1/32,1.1.1.1-1.1.1.1", "1.1.1.1/32"},
		{"any,any4,::/0,any6", "0.0.0.0/0,::/0"},
		{"2.2.2.2,1.1.1.1,2.2.2.2", "2.2.2.2/32,1.1.1.1/32"},
		/* Another length is another rule. */
		{"10.0.0.0/8,10.0.0.0/9,10.0.0.0", "10.0.0.0/8,10.0.0.0/9,10.0.0.0/32"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(parsed(cases[i][0]), cases[i][1]);
}

static void refuses_with_a_sentence_that_helps(void **state)
{
	/* The destination, and what the message must have in it. */
	static const char *const cases[][2] = {
		{"", "missing"},
		{",", "missing"},
		{"1.1.1.1,", "missing"},
		{",1.1.1.1", "missing"},
		{"1.1.1.1,,2.2.2.2", "missing"},
		{" ", "near ' '"},
		{" 1.1.1.1", "near ' 1.1.1.1'"},
		{"1.1.1.1 ", "near '1.1.1.1 '"},
		{"1.1.1.1, 2.2.2.2", "near ' 2.2.2.2'"},
		/* Shortened, octal, hexadecimal, too much, too large. */
		{"1", "four decimal numbers"},
		{"1.1", "four decimal numbers"},
		{"1.1.1", "four decimal numbers"},
		{"10/8", "four decimal numbers"},
		{"16843009", "four decimal numbers"},
		{"1.1.1.1.1", "four decimal numbers"},
		{"1.1.1.1.", "four decimal numbers"},
		{".1.1.1.1", "four decimal numbers"},
		{"1..1.1", "four decimal numbers"},
		{"256.1.1.1", "four decimal numbers"},
		{"1.1.1.256", "four decimal numbers"},
		{"1.1.1.4294967297", "four decimal numbers"},
		{"-1.1.1.1", "four decimal numbers"},
		{"+1.1.1.1", "near '+1.1.1.1'"},
		{"0x7f.0.0.1", "four decimal numbers"},
		{"0x7f000001", "four decimal numbers"},
		{"01.2.3.4", "octal"},
		{"1.2.3.04", "octal"},
		{"1.2.3.00", "octal"},
		{"127.0.0.010", "octal"},
		/* Lengths. */
		{"1.1.1.1/33", "0 to 32"},
		{"1.1.1.1/-1", "near '1.1.1.1/-1'"},
		{"1.1.1.1/", "0 to 32"},
		{"1.1.1.1/08", "0 to 32"},
		{"1.1.1.1/0x8", "0 to 32"},
		{"1.1.1.1/255.255.255.0", "0 to 32"},
		{"1.1.1.1/4294967328", "0 to 32"},
		{"1.1.1.1/32/32", "0 to 32"},
		{"::/129", "0 to 128"},
		{"::1/", "0 to 128"},
		/* Bits behind the prefix: the network that was meant. */
		{"10.0.0.1/8", "'10.0.0.0/8'"},
		{"192.168.1.77/26", "'192.168.1.64/26'"},
		{"1.1.1.1/31", "'1.1.1.0/31'"},
		{"1.1.1.1/0", "'0.0.0.0/0'"},
		{"2001:db8::1/64", "'2001:db8::/64'"},
		{"fe80::1/10", "'fe80::/10'"},
		{"::ffff:10.0.0.1/104", "'10.0.0.0/8'"},
		/* IPv6. */
		{"::g", "not an IPv6 address"},
		{":", "not an IPv6 address"},
		{":::", "not an IPv6 address"},
		{"1::2::3", "not an IPv6 address"},
		{"1:2:3:4:5:6:7", "not an IPv6 address"},
		{"1:2:3:4:5:6:7:8:9", "not an IPv6 address"},
		{"12345::", "not an IPv6 address"},
		{"::ffff:1.1.1", "not an IPv6 address"},
		{"::ffff:256.1.1.1", "not an IPv6 address"},
		{"fe80::1%eth0", "zone"},
		{"[::1]", "near '[::1]'"},
		{"[::1]:443", "near '[::1]:443'"},
		{"1.1.1.1:443", "near '1.1.1.1:443'"},
		/* No rule would ever meet these: they reach the host itself. */
		{"0.0.0.0", "'loopback'"},
		{"0.0.0.0/32", "'loopback'"},
		{"::", "'loopback'"},
		{"::/128", "'loopback'"},
		{"::ffff:0.0.0.0", "'loopback'"},
		{"0:0:0:0:0:0:0:0", "'loopback'"},
		{"0.0.0.0-0.0.0.0", "'loopback'"},
		{"::-::", "'loopback'"},
		/* Names and slips. */
		{"example.com", "only addresses are taken here"},
		{"localhost", "nor a whole name"},
		{"my-host.example", "only addresses are taken here"},
		{"example.com/24", "near 'example.com"},
		{"anny", "'any'"},
		{"loopbck", "'loopback'"},
		{"link-lokal", "'link-local'"},
		{"mutlicast", "'multicast'"},
		{"Any", "'any'"},
		{"1.1.1.1,exmaple", "near 'exmaple'"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *text = parsed(cases[i][0]);

		assert_case(!strncmp(text, "! ", 2), cases[i][0]);
		assert_in(text, cases[i][1]);
		assert_case(!strchr(text, '\n'), cases[i][0]);
	}
}

static void a_bad_one_in_a_list_leaves_nothing(void **state)
{
	struct prefixes list = {};
	struct error err = {};

	(void)state;
	assert_int_equal(prefixes_parse(&list, "1.1.1.1,2.2.2.2,3.3.3", &err), -1);
	assert_int_equal(list.n, 0);
	assert_in(err.text, "near '3.3.3'");
	prefixes_free(&list);
}

static void long_text_gives_a_short_message(void **state)
{
	static const char *const fills[] = {"1", "a", ".", ":", "-", "/", "1.1.1.1-", "\xc3\xa9"};
	char text[10001];

	(void)state;
	for (size_t i = 0; i < LENGTH(fills); i++) {
		size_t len = strlen(fills[i]);
		const char *message;

		for (size_t at = 0; at < sizeof(text) - 1; at++)
			text[at] = fills[i][at % len];
		text[sizeof(text) - 1] = '\0';
		message = parsed(text);
		assert_case(message[0] == '!', fills[i]);
		assert_case(strlen(message) < 300, fills[i]);
		/* What is cut short says so. */
		assert_in(message, "...'");
	}
}

static void takes_up_to_4096_and_says_when_there_are_more(void **state)
{
	char text[80000];
	struct prefixes list = {};
	struct error err = {};
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 4096; i++)
		len += (size_t)sprintf(text + len, "%s10.0.%d.%d", i ? "," : "", i / 256, i % 256);
	assert_int_equal(prefixes_parse(&list, text, &err), 0);
	assert_int_equal(list.n, 4096);
	prefixes_free(&list);
	strcpy(text + len, ",11.0.0.1");
	assert_int_equal(prefixes_parse(&list, text, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_in(err.text, "4096");
	assert_int_equal(list.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_addresses_and_prefixes),
		cmocka_unit_test(takes_words),
		cmocka_unit_test(takes_the_word_for_name_servers_in_rules),
		cmocka_unit_test(takes_lists),
		cmocka_unit_test(refuses_with_a_sentence_that_helps),
		cmocka_unit_test(a_bad_one_in_a_list_leaves_nothing),
		cmocka_unit_test(long_text_gives_a_short_message),
		cmocka_unit_test(takes_up_to_4096_and_says_when_there_are_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
