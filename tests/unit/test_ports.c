// SPDX-License-Identifier: GPL-2.0-only
/* Ports and protocols. */
#include "unit.h"
#include <arpa/inet.h>
#include <netdb.h>
#include "rule/ports.h"
#include "rule/proto.h"

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
		{"0-1", "starts at port 1"},
		{"0-65534", "starts at port 1"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_ports),
		cmocka_unit_test(refuses_what_is_no_port),
		cmocka_unit_test(services_mean_what_every_protocol_agrees_on),
		cmocka_unit_test(takes_protocols),
		cmocka_unit_test(protocols_read_back_the_same),
		cmocka_unit_test(takes_the_hosts_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
