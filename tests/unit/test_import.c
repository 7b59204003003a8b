// SPDX-License-Identifier: GPL-2.0-only
/* Each format, as it is said. */
#include "lists.h"

static void plain(void **state)
{
	static const struct list_case cases[] = {
		{FOREIGN_PLAIN, "", "", ""},
		{FOREIGN_PLAIN, "", "1.1.1.1", "1.1.1.1"},
		{FOREIGN_PLAIN, "",
		 "\xef\xbb\xbf"
		 "1.1.1.1\r\n# x\r\n\r\n 2001:db8::/32 ; SBL1\r\n",
		 "1.1.1.1 2001:db8::/32"},
		{FOREIGN_PLAIN, "", "1.1.1.1#x\n1.1.1.2 # y\n;z\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_PLAIN, "", "1.1.1.0-1.1.1.3\n1.1.1.8 - 1.1.1.9\n", "1.1.1.0/30 1.1.1.8/31"},
		{FOREIGN_PLAIN, "", "::ffff:1.2.3.4\n1.1.1.1/32\n", "1.2.3.4 1.1.1.1"},
		{FOREIGN_PLAIN, "", "1.1.1.1\nany\n", "1.1.1.1\nf:2: no address, near 'any'"},
		{FOREIGN_PLAIN, "", "lan,1.1.1.1", "\nf:1: no address, near 'lan,1.1.1.1'"},
		{FOREIGN_PLAIN, "", "1.1.1.1,2.2.2.2", "\nf:1: no address, near '1.1.1.1,2.2.2.2'"},
		{FOREIGN_PLAIN, "", "1.1.1.1 x",
		 "\nf:1: more than an address, near '1.1.1.1 x': '--format columns' reads a column"},
		{FOREIGN_PLAIN, "", "1.1.1.1:80",
		 "\nf:1: more than an address, near '1.1.1.1:80': ports and URLs are not read from lists"},
		{FOREIGN_PLAIN, "", "[2001:db8::1]:80",
		 "\nf:1: more than an address, near '[2001:db8::1]:80': ports and URLs are not read from lists"},
		{FOREIGN_PLAIN, "", "http://1.1.1.1/x",
		 "\nf:1: more than an address, near 'http://1.1.1.1/x': ports and URLs are not read from lists"},
		{FOREIGN_PLAIN, "", "evil.example.com",
		 "\nf:1: a name, near 'evil.example.com': rules are for addresses"},
		{FOREIGN_PLAIN, "", "10.0.0.1/8",
		 "\nf:1: bad destination, near '10.0.0.1/8': bits are set after the prefix length: did you mean "
		 "'10.0.0.0/8'?"},
		{FOREIGN_PLAIN, "", "010.0.0.1", "\nf:1: no address, near '010.0.0.1'"},
		{FOREIGN_PLAIN, "", "0.0.0.0",
		 "\nf:1: bad destination, near '0.0.0.0': as a destination it reaches this host: type 'loopback', or "
		 "'any' "
		 "for every address"},
		{FOREIGN_PLAIN, "", "1.1.1.1\xc2\xa0",
		 "\nf:1: an invisible character, near '1.1.1.1\\xc2\\xa0': a no-break space (U+00A0), so delete it"},
		{FOREIGN_PLAIN, "",
		 "1.1.1.1\n\xef\xbb\xbf"
		 "2.2.2.2",
		 "1.1.1.1\nf:2: an invisible character, near '\\xef\\xbb\\xbf2.2.2.2': a byte order mark (U+FEFF), so "
		 "delete it"},
		{FOREIGN_PLAIN, "", "1.1.1.9-1.1.1.1",
		 "\nf:1: bad destination, near '1.1.1.9-1.1.1.1': a range goes from the lower address to the higher "
		 "one"},
		{FOREIGN_PLAIN, "", "10.0.0.0/255.0.0.0",
		 "\nf:1: a netmask, near '10.0.0.0/255.0.0.0': '--format netmask' reads it"},
	};
	struct outcome *o;

	(void)state;
	check(cases, LENGTH(cases));
	o = read_list(FOREIGN_PLAIN, "", TEXT("1.1.1.1\n1.1\0.1\n1.1.1.2\n"), -1);
	assert_string_equal(o->text, "1.1.1.1 1.1.1.2\nf:2: a NUL byte, near '1.1': this is no text");
	assert_int_equal(o->counts.read, 3);
	assert_int_equal(o->counts.bad[FOREIGN_BAD_LINE], 1);
	outcome_free(o);
}

static void columns_and_csv(void **state)
{
	static const struct list_case cases[] = {
		{FOREIGN_COLUMNS, "", "1.1.1.1\t7\n1.1.1.2 8 9 # x\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_COLUMNS, "2", "a 1.1.1.1\nb 1.1.1.2 - 1.1.1.3 c\n", "1.1.1.1 1.1.1.2/31"},
		{FOREIGN_COLUMNS, "2", "name ip\na 1.1.1.1\n", "1.1.1.1"},
		{FOREIGN_COLUMNS, "ip", "name ip\na 1.1.1.1\n", "1.1.1.1"},
		{FOREIGN_COLUMNS, "2", "1.1.1.1 2.2.2.2\n1.1.1.3\n", "2.2.2.2\nf:2: no column 2, near '1.1.1.3'"},
		{FOREIGN_COLUMNS, "", "127.0.0.1 ads.example\n", "! f:1: a hosts file, near 'ads.example'"},
		{FOREIGN_CSV, "", "1.1.1.1,80\n\"1.1.1.2\" , \"x, y\"\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_CSV, "2", "a;1.1.1.1;b\nc;\"1.1.1.2\";d\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_CSV, "2", "a\t1.1.1.1\n\t1.1.1.2\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_CSV, "ip", "seen,IP\n2026,1.1.1.1\n", "1.1.1.1"},
		{FOREIGN_CSV, "2", "seen,ip\n2026,1.1.1.1\n", "1.1.1.1"},
		{FOREIGN_CSV, "2", "2026,evil.example.com\n2026,1.1.1.1\n",
		 "1.1.1.1\nf:1: a name, near 'evil.example.com': rules are for addresses"},
		{FOREIGN_CSV, "dst_ip", "#####\n# \"seen\",\"dst_ip\"\n\"2026\",\"1.1.1.1\"\n# END 1 entry\n",
		 "1.1.1.1"},
		{FOREIGN_CSV, "ipp", "seen,ip\n2026,1.1.1.1\n",
		 "! f:1: no such heading, near 'ipp': did you mean 'ip'?"},
		{FOREIGN_CSV, "address", "seen,ip\n2026,1.1.1.1\n",
		 "! f:1: no such heading, near 'address': there are seen, ip"},
		{FOREIGN_CSV, "", "1.1.1.1,\"a\nb \"\" c\"\n1.1.1.2,d\n1.1.1,e\n",
		 "1.1.1.1 1.1.1.2\nf:4: no address, near '1.1.1'"},
		{FOREIGN_CSV, "", "1.1.1.1,5\" disk\n1.1.1.2,x\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_CSV, "", "1.1.1.1,x\n1.1.1.2,\"y\n1.1.1.3,z\n",
		 "! f:2: a quote is left open, near '1.1.1.2,\"y\n"},
		{FOREIGN_CSV, "2", "a,\n", "\nf:1: nothing stands where an address should"},
		{FOREIGN_CSV, "0", "a,1.1.1.1\n", "! bad --column, near '0': a number from 1 to 256, or a heading"},
		{FOREIGN_CSV, "300", "a,1.1.1.1\n", "! bad --column, near '300'"},
		{FOREIGN_CSV, "1 2", "a,1.1.1.1\n", "! too many --column, near '2': this format has 1"},
	};

	(void)state;
	check(cases, LENGTH(cases));
}

static void two_columns(void **state)
{
	static const struct list_case cases[] = {
		{FOREIGN_RANGE, "", "1.1.1.0 1.1.1.3\n1.1.1.8-1.1.1.9\n1.1.2.0 - 1.1.2.255 ; x\n",
		 "1.1.1.0/30 1.1.1.8/31 1.1.2.0/24"},
		{FOREIGN_RANGE, "", "\"1.1.1.0\",\"1.1.1.3\"\n", "1.1.1.0/30"},
		{FOREIGN_RANGE, "", "start,end,country\n1.1.1.0,1.1.1.3,AU\n2001:db8::,2001:db8::1,AU\n",
		 "1.1.1.0/30 2001:db8::/127"},
		{FOREIGN_RANGE, "", "Start\tEnd\tNetmask\n1.1.1.0\t1.1.1.255\t24\n", "1.1.1.0/24"},
		{FOREIGN_RANGE, "from to", "id,to,from\n1,1.1.1.3,1.1.1.0\n", "1.1.1.0/30"},
		{FOREIGN_RANGE, "2", "1;1.1.1.0;1.1.1.3\n", "1.1.1.0/30"},
		{FOREIGN_RANGE, "", "1.1.1.3 1.1.1.0\n1.1.1.1\n1.1.1.1 2001:db8::\n",
		 "\nf:1: bad destination, near '1.1.1.3-1.1.1.0': a range goes from the lower address to the higher "
		 "one\n"
		 "f:2: no column 2, near '1.1.1.1'\n"
		 "f:3: bad destination, near '1.1.1.1-2001:db8::': both ends of a range must be IPv4, or both IPv6"},
		{FOREIGN_NETMASK, "", "10.0.0.0 255.0.0.0\n192.0.2.0/255.255.255.0\n192.0.2.1 255.255.255.255\n",
		 "10.0.0.0/8 192.0.2.0/24 192.0.2.1"},
		{FOREIGN_NETMASK, "", "10.0.0.0,255.0.0.0\n0.0.0.0,0.0.0.0\n", "10.0.0.0/8 0.0.0.0/0"},
		{FOREIGN_NETMASK, "", "2001:db8:: ffff:ffff::\n192.0.2.0/24\n", "2001:db8::/32 192.0.2.0/24"},
		{FOREIGN_NETMASK, "", "10.0.0.1 255.0.0.0\n10.0.0.0 255.0.255.0\n10.0.0.0 0.0.0.255\n10.0.0.0 ffff::\n",
		 "\nf:1: bad destination, near '10.0.0.1/8': bits are set after the prefix length: did you mean "
		 "'10.0.0.0/8'?\n"
		 "f:2: no netmask, near '255.0.255.0': ones and then zeros, such as 255.255.255.0\n"
		 "f:3: no netmask, near '0.0.0.255': ones and then zeros, such as 255.255.255.0\n"
		 "f:4: no netmask, near 'ffff::': ones and then zeros, such as 255.255.255.0"},
	};

	(void)state;
	check(cases, LENGTH(cases));
}

static void ipset(void **state)
{
	static const struct list_case cases[] = {
		{FOREIGN_IPSET, "",
		 "create a hash:net family inet hashsize 1024\nadd a 1.1.1.0/24 timeout 300 comment \"timeout 9 "
		 "nomatch\"\n"
		 "add a 1.1.2.1-1.1.2.2 packets 0 bytes 0\nadd a 1.1.1.1 timeout 0\n",
		 "1.1.1.0/24 300 1.1.2.1 1.1.2.2 1.1.1.1"},
		{FOREIGN_IPSET, "", "-N a iphash\n-A a 1.1.1.1\nCOMMIT\n", "1.1.1.1"},
		{FOREIGN_IPSET, "", "create a hash:net\nadd a 1.1.1.0/24\nadd b 1.1.1.1\n",
		 "! f:3: more than one set, near 'b': say which, with '--column a'"},
		{FOREIGN_IPSET, "b", "create a hash:net\nadd a 1.1.1.0/24\nadd b 1.1.1.1\n", "1.1.1.1"},
		{FOREIGN_IPSET, "",
		 "add a 1.1.1.0/24 nomatch\nadd a 1.1.1.1,tcp:80\nadd a 00:11:22:33:44:55\nadd a 80\nadd a b\nswap a "
		 "b\n",
		 "\nf:1: an exception, near '1.1.1.0/24 nomatch': a list has addresses, and nothing else\n"
		 "f:2: no address, near '1.1.1.1,tcp:80'\n"
		 "f:3: no address, near '00:11:22:33:44:55'\n"
		 "f:4: no address, near '80'\n"
		 "f:5: no address, near 'b'\n"
		 "f:6: no line of 'ipset save', near 'swap'"},
	};

	(void)state;
	check(cases, LENGTH(cases));
}

static void json(void **state)
{
	static const struct list_case cases[] = {
		{FOREIGN_JSON, "", "[\"1.1.1.1\", \"1.1.1.2-1.1.1.3\"]", "1.1.1.1 1.1.1.2/31"},
		{FOREIGN_JSON, "", "\"1.1.1.1\"\n\"1.1.1.2\"\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_JSON, "", "[]", ""},
		{FOREIGN_JSON, "", "[[\"1.1.1.1\"], []]", "1.1.1.1"},
		{FOREIGN_JSON, "/p/ip /q/ip6",
		 "{\"t\": 1, \"p\": [{\"ip\": \"1.1.1.1\", \"r\": {\"ip\": \"9.9.9.9\"}}, {\"ip\":\"1.1.1.2\"}],\n"
		 "\"q\": [{\"ip6\": \"2001:db8::/32\"}]}",
		 "1.1.1.1 1.1.1.2 2001:db8::/32"},
		{FOREIGN_JSON, "/p/4 /p/6", "{\"p\":[{\"4\":\"1.1.1.1\"}]}", ""}, /* a number is an element's */
		{FOREIGN_JSON, "/p/a /p/b", "{\"p\":[{\"a\":\"1.1.1.1\"},{\"b\":\"1.1.1.2\"},{\"c\":\"1.1.1.3\"}]}",
		 "1.1.1.1 1.1.1.2"},
		{FOREIGN_JSON, "/p/1", "{\"p\":[\"1.1.1.1\",\"1.1.1.2\"]}", "1.1.1.2"},
		{FOREIGN_JSON, "/a~1b/c~0d/", "{\"a/b\":{\"c~d\":{\"\":[\"1.1.1.1\"]}}}", "1.1.1.1"},
		{FOREIGN_JSON, "/ip", "{\"ip\":\"1.1.1.1\"}\n{\"ip\":\"1.1.1.2\"}\n{\"type\":\"metadata\"}\n",
		 "1.1.1.1 1.1.1.2"},
		{FOREIGN_JSON, "/ip", "{\"ip\":\"1.1.1.1\"}\n{\"ip\":null}\n{\"ip\":{\"a\":1}}\n{\"ip\":[\"x\"]}",
		 "1.1.1.1\nf:2: no address, near 'null': an address is a string\n"
		 "f:3: no address, near '{': a pointer ends at a string, or at an array of them\nf:4: no address, near "
		 "'x'"},
		{FOREIGN_JSON, "", "{\"a\":[{\"ip\":\"1.1.1.1\"}],\"b\":\"1.1.1.2\",\"c\":\"x\"}",
		 "! f is JSON: say where the addresses are, with --column /a/ip --column /b"},
		{FOREIGN_JSON, "", "{\"a\":1}", "! f is JSON: say where the addresses are, with --column POINTER"},
		{FOREIGN_JSON, "ip", "{\"ip\":\"1.1.1.1\"}", "! bad --column, near 'ip': for JSON it is a pointer"},
		{FOREIGN_JSON, "/ip", "{\"ip\":\"1.1.1.1\"", "! f:1: the JSON is cut off here"},
		{FOREIGN_JSON, "/ip", "{\"ip\":\"1.1.1.1", "! f:1: the JSON is cut off here"},
		{FOREIGN_JSON, "/ip", "{\"ip\":\"1.1.1.1\"}\n\n{\"ip\" \"1.1.1.2\"}", "! f:3: no JSON, near '\"'"},
		{FOREIGN_JSON, "", "[\"1.1.1.1\",]", "! f:1: no JSON, near ']'"},
		{FOREIGN_JSON, "", "[\"1.1.1.1\" \"1.1.1.2\"]", "! f:1: no JSON, near '\"'"},
		{FOREIGN_JSON, "", "[\"\\u0031.1.1.1\"]", "1.1.1.1"},
		{FOREIGN_JSON, "", "[\"1.1.1.1\\u0000\"]", "\nf:1: no address, near '1.1.1.1'"},
		{FOREIGN_JSON, "", "[\"\\x\"]", "! f:1: no JSON, near '\"\\x\"'"},
		{FOREIGN_JSON, "", "[\"1.1.1.1\"] nonsense", "! f:1: no JSON, near 'nonsense'"},
	};
	struct outcome *o;
	char deep[256];

	(void)state;
	check(cases, LENGTH(cases));
	memset(deep, '[', sizeof(deep));
	o = read_list(FOREIGN_JSON, "", deep, sizeof(deep), -1);
	assert_in(o->text, "! f:1: JSON of more than 64 brackets within each other");
	outcome_free(o);
	o = read_list(FOREIGN_JSON, "/p/a", TEXT("{\"p\":[{\"a\":\"1.1.1.1\"},{\"b\":1},{\"a\":2}]}"), -1);
	assert_int_equal(o->counts.read, 3);
	assert_int_equal(o->counts.without, 1);
	assert_int_equal(o->counts.bad[FOREIGN_NO_ADDRESS], 1);
	outcome_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),       cmocka_unit_test(columns_and_csv),
		cmocka_unit_test(two_columns), cmocka_unit_test(ipset),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
