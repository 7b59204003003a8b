// SPDX-License-Identifier: GPL-2.0-only
/* The values of a rule's words: ports, protocols, subjects, durations, sets. */
#include "unit.h"
#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <pwd.h>
#include "../../common/ports.h"
#include "../../common/subject.h"

#define SECOND UINT64_C(1000000000)

static const char *ports(const char *text, uint16_t proto)
{
	static char joined[sizeof(((struct error *)0)->text) + 2];
	struct ports list = {};
	struct error err = {};
	size_t len = 0;

	joined[0] = '\0';
	if (ports_parse(&list, text, proto, &err)) {
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(list.n, 0);
		snprintf(joined, sizeof(joined), "! %s", err.text);
	}
	for (size_t i = 0; i < list.n; i++) {
		char one[16];

		ports_format(list.at[i].lo, list.at[i].hi, one);
		len += (size_t)snprintf(joined + len, sizeof(joined) - len, "%s%s", i ? "," : "", one);
	}
	ports_free(&list);
	return joined;
}

static void takes_ports(void **state)
{
	static const char *const cases[][2] = {
		{"0", "0"},
		{"1", "1"},
		{"65535", "65535"},
		{"1-65535", "1-65535"},
		{"0-65535", "0-65535"},
		{"0-0", "0"},
		{"80-80", "80"},
		{"80-443", "80-443"},
		{"65534-65535", "65534-65535"},
		{"80,443,8000-8100,80", "80,443,8000-8100,80"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(ports(cases[i][0], PROTO_ANY), cases[i][1]);
}

static void refuses_what_is_no_port(void **state)
{
	static const char *const cases[][2] = {
		{"", "missing"},
		{",", "missing"},
		{"80,", "missing"},
		{",80", "missing"},
		{"65536", "near '65536'"},
		{"65536-65537", "near '65536-65537'"},
		{"80-65536", "near '80-65536'"},
		{"00", "near '00'"},
		{"080", "near '080'"},
		{"99999999999999999999", "near '99999999999999999999'"},
		{"655350000-655360000", "0 to 65535"},
		{"-", "0 to 65535"},
		{"80-", "0 to 65535"},
		{"-80", "0 to 65535"},
		{"80--90", "0 to 65535"},
		{"80-90-100", "0 to 65535"},
		{"443-80", "from the lower"},
		{"0-1", "begins with 1"},
		{"0-65534", "begins with 1"},
		{"+80", "service"},
		{" 80", "service"},
		{"80x", "service"},
		{"0x50", "service"},
		{"80:90", "service"},
		{"no-such-service", "near 'no-such-service'"},
		{"80,no-such-service", "near 'no-such-service'"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *text = ports(cases[i][0], PROTO_ANY);

		assert_case(text[0] == '!', cases[i][0]);
		assert_in(text, cases[i][1]);
	}
}

/* Held against the host's own list: what a name means does not depend on which line of it is found first. */
static void services_mean_what_every_protocol_agrees_on(void **state)
{
	static const struct {
		const char *name;
		uint16_t proto;
	} protocols[] = {{"tcp", 6}, {"udp", 17}, {"sctp", 132}, {"dccp", 33}};
	const struct servent *entry;
	char names[512][40];
	size_t n = 0;

	(void)state;
	setservent(1);
	while (n < LENGTH(names) && (entry = getservent())) {
		if (strlen(entry->s_name) < sizeof(names[0]))
			strcpy(names[n++], entry->s_name);
	}
	endservent();
	if (!n)
		skip();
	for (size_t i = 0; i < n; i++) {
		const char *text;
		int agreed = -1;
		bool differ = false;

		if (!names[i][strspn(names[i], "0123456789-")])
			continue;
		for (size_t p = 0; p < LENGTH(protocols); p++) {
			int port;

			entry = getservbyname(names[i], protocols[p].name);
			if (!entry)
				continue;
			port = ntohs((uint16_t)entry->s_port);
			differ |= agreed >= 0 && agreed != port;
			agreed = port;
			assert_case(atoi(ports(names[i], protocols[p].proto)) == port, names[i]);
		}
		text = ports(names[i], PROTO_ANY);
		assert_case((text[0] == '!') == (agreed < 0 || differ), names[i]);
		assert_case(text[0] == '!' || atoi(text) == agreed, names[i]);
		/* Other protocols have no services: the name means the same. */
		assert_case(text[0] == '!' || atoi(ports(names[i], 47)) == agreed, names[i]);
	}
}

static void takes_protocols(void **state)
{
	static const struct {
		const char *word;
		int proto;
		const char *text;
	} cases[] = {
		{"any", PROTO_ANY, "any"},
		{"tcp", 6, "tcp"},
		{"6", 6, "tcp"},
		{"udp", 17, "udp"},
		{"icmp", 1, "icmp"},
		{"sctp", 132, "sctp"},
		{"raw", PROTO_RAW, "raw"},
		{"0", 0, "0"},
		{"255", 255, "255"},
		{"33", 33, "dccp"},
		{"200", 200, "200"},
		/* What the programs see as another. */
		{"mptcp", 6, "tcp"},
		{"262", 6, "tcp"},
		{"smc", 6, "tcp"},
		{"udplite", 17, "udp"},
		{"136", 17, "udp"},
		{"icmpv6", 1, "icmp"},
		{"ipv6-icmp", 1, "icmp"},
		{"58", 1, "icmp"},
	};
	static const char *const bad[] = {"",	"256", "261", "263",	 "300",	 "511", "65536",
					  "-1", "06",  "tpc", "tcp,udp", "tcp ", "0x6", "no-such-protocol"};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char text[16];

		assert_case(proto_parse(cases[i].word) == cases[i].proto, cases[i].word);
		proto_format((uint16_t)cases[i].proto, text);
		assert_string_equal(text, cases[i].text);
	}
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_case(proto_parse(bad[i]) == -1, bad[i]);
}

static void protocols_read_back_the_same(void **state)
{
	(void)state;
	for (int proto = 0; proto <= (int)PROTO_RAW; proto++) {
		char text[16];

		if (proto == 58 || proto == 136)
			continue;
		proto_format((uint16_t)proto, text);
		assert_case(proto_parse(text) == proto, text);
	}
	for (size_t i = 0; proto_word(i); i++)
		assert_case(proto_parse(proto_word(i)) >= 0, proto_word(i));
}

static void takes_the_hosts_protocols(void **state)
{
	const struct protoent *entry;
	char names[256][40];
	int numbers[256];
	size_t n = 0;

	(void)state;
	setprotoent(1);
	while (n < LENGTH(names) && (entry = getprotoent())) {
		if (strlen(entry->p_name) >= sizeof(names[0]))
			continue;
		strcpy(names[n], entry->p_name);
		numbers[n++] = entry->p_proto;
	}
	endprotoent();
	for (size_t i = 0; i < n; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%d", numbers[i]);
		assert_case(proto_parse(names[i]) == proto_parse(number), names[i]);
	}
}

static void takes_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
		const char *back;
	} cases[] = {
		{"0", 0, "0s"},
		{"1", 1, "1s"},
		{"90", 90, "1m30s"},
		{"90s", 90, "1m30s"},
		{"5m", 300, "5m"},
		{"120m", 7200, "2h"},
		{"2h30m", 9000, "2h30m"},
		{"1d", 86400, "1d"},
		{"1d1s", 86401, "1d1s"},
		{"0h5m", 300, "5m"},
		{"1d2h3m4s", 93784, "1d2h3m4s"},
		{"36500d", DURATION_MAX / SECOND, "36500d"},
		{"3153600000", DURATION_MAX / SECOND, "36500d"},
	};
	static const char *const bad[] = {
		"",
		"s",
		"m5",
		"5x",
		"5 m",
		" 5",
		"-5",
		"+5",
		"5m ",
		"1.5h",
		"5M",
		"30m2h",
		"5m5m",
		"2h30",
		"05",
		"2h05m",
		"5ms",
		"5min",
		"1w",
		"36500d1s",
		"36501d",
		"3153600001",
		"99999999999999999999",
		"99999999999999999999d",
		"0000000000000000001s",
		"forever",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint64_t ns = 77;
		char text[32];

		assert_case(!duration_parse(cases[i].text, &ns), cases[i].text);
		assert_case(ns == cases[i].seconds * SECOND, cases[i].text);
		duration_format(ns, text);
		assert_string_equal(text, cases[i].back);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		uint64_t ns = 77;

		assert_case(duration_parse(bad[i], &ns) == -1, bad[i]);
		assert_case(ns == 77, bad[i]);
	}
}

/* So that what is saved never ends before it would have, and nothing that goes on reads as ended. */
static void durations_count_a_begun_second(void **state)
{
	char text[32];

	(void)state;
	duration_format(1, text);
	assert_string_equal(text, "1s");
	duration_format(SECOND, text);
	assert_string_equal(text, "1s");
	duration_format(SECOND + 1, text);
	assert_string_equal(text, "2s");
	duration_format(UINT64_MAX, text);
	assert_string_equal(text, "213503d23h34m34s");
}

static void takes_users(void **state)
{
	static const char *const bad[][2] = {
		{"", "no such user"},	       {"4294967295", "4294967294"}, {"99999999999999999999", "4294967294"},
		{"-1", "no such user"},	       {"01", "no such user"},	     {"1x", "near '1x'"},
		{"no user", "near 'no user'"},
	};
	const struct passwd *me = getpwuid(0);
	struct error err = {};
	uint32_t uid = 77;

	(void)state;
	assert_int_equal(uid_parse("0", &uid, &err), 0);
	assert_int_equal(uid, 0);
	assert_int_equal(uid_parse("4294967294", &uid, &err), 0);
	assert_int_equal(uid, 4294967294u);
	if (me) {
		assert_int_equal(uid_parse(me->pw_name, &uid, &err), 0);
		assert_int_equal(uid, 0);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		uid = 77;
		err = (struct error){};
		assert_case(uid_parse(bad[i][0], &uid, &err) == -1, bad[i][0]);
		assert_in(err.text, bad[i][1]);
		assert_int_equal(uid, 77);
	}
}

static void takes_cgroups(void **state)
{
	static const char *const good[][2] = {
		{"/", "/"},
		{"///", "/"},
		{"/a", "/a"},
		{"/a/", "/a"},
		{"/a//b///", "/a/b"},
		{"/sys/fs/cgroup", "/"},
		{"/sys/fs/cgroup/", "/"},
		{"/sys/fs/cgroup/system.slice/x.service/", "/system.slice/x.service"},
		{"/sys/fs/cgroupx", "/sys/fs/cgroupx"},
		{"/sys/fs", "/sys/fs"},
		{"/a/sys/fs/cgroup", "/a/sys/fs/cgroup"},
		{"/a b/c\\x2dd", "/a b/c\\x2dd"},
		{"/...", "/..."},
		{"/.a/..b", "/.a/..b"},
		{"/caf\xc3\xa9", "/caf\xc3\xa9"},
	};
	static const char *const bad[][2] = {
		{"", "begins with '/'"}, {"a", "begins with '/'"},  {"a/b", "begins with '/'"}, {"/..", "'..'"},
		{"/a/../b", "'..'"},	 {"/a/..", "'..'"},	    {"/./a", "'..'"},		{"/a/.", "'..'"},
		{"/a\n", "printable"},	 {"/a\033[m", "printable"}, {"/\xff", "printable"},
	};
	char cgroup[CGROUP_SIZE], path[CGROUP_SIZE + 100] = "/sys/fs/cgroup/";
	size_t before = strlen(path);
	struct error err = {};

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		assert_case(!cgroup_parse(good[i][0], cgroup, &err), good[i][0]);
		assert_string_equal(cgroup, good[i][1]);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		err = (struct error){};
		strcpy(cgroup, "as it was");
		assert_case(cgroup_parse(bad[i][0], cgroup, &err) == -1, bad[i][0]);
		assert_in(err.text, bad[i][1]);
		assert_string_equal(cgroup, "as it was");
	}
	/* What counts is how long it is in the hierarchy. */
	memset(path + before, 'x', CGROUP_SIZE - 2);
	err = (struct error){};
	assert_int_equal(cgroup_parse(path, cgroup, &err), 0);
	assert_int_equal(strlen(cgroup), CGROUP_SIZE - 1);
	strcat(path, "/");
	assert_int_equal(cgroup_parse(path, cgroup, &err), 0);
	path[strlen(path) - 1] = 'x';
	assert_int_equal(cgroup_parse(path, cgroup, &err), -1);
	assert_in(err.text, "511 bytes");
}

static void takes_sets(void **state)
{
	static const char *const good[] = {
		"a", "7", "_", ".", "a-b_c.d", "feed-2024", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"};
	static const char *const bad[] = {"",	 "-",	 "-a",		"a b",
					  "a/b", "a\"b", "caf\xc3\xa9", "a\n",
					  "a;b", "a,b",	 "a:b",		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"};
	char set[SET_SIZE];

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++) {
		struct error err = {};

		assert_case(!set_parse(good[i], set, &err), good[i]);
		assert_string_equal(set, good[i]);
	}
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct error err = {};

		strcpy(set, "as it was");
		assert_case(set_parse(bad[i], set, &err) == -1, bad[i]);
		assert_in(err.text, bad[i]);
		assert_string_equal(set, "as it was");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_ports),
		cmocka_unit_test(refuses_what_is_no_port),
		cmocka_unit_test(services_mean_what_every_protocol_agrees_on),
		cmocka_unit_test(takes_protocols),
		cmocka_unit_test(protocols_read_back_the_same),
		cmocka_unit_test(takes_the_hosts_protocols),
		cmocka_unit_test(takes_durations),
		cmocka_unit_test(durations_count_a_begun_second),
		cmocka_unit_test(takes_users),
		cmocka_unit_test(takes_cgroups),
		cmocka_unit_test(takes_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
