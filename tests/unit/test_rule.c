// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include <errno.h>
#include "bpf/ip.h"
#include "rule/rule.h"
#include "rule/duration.h"
#include "rule/format.h"
#include "rule/parse.h"
#include "rule/split.h"
#include "rule/verdict.h"

#define MAX_WORDS 32

/* The sentence's rules as sentences again, with "; " between; of a refusal the message with "! " before it. */
static const char *made(const char *sentence, bool identity)
{
	static char text[65536];
	char *line = strdup(sentence), *words[MAX_WORDS];
	struct rules rules = {};
	struct error err = {};
	size_t len = 0;
	int n = words_split(line, words, MAX_WORDS, &err);

	text[0] = '\0';
	if (n < 0 || (identity ? rules_parse_identity(&rules, (size_t)n, words, &err)
			       : rules_parse(&rules, (size_t)n, words, VERDICT_BLOCK, &err))) {
		snprintf(text, sizeof(text), "! %s", err.text);
		assert_case(err.code == ERR_INPUT || err.code == ERR_USAGE, sentence);
		assert_case(!rules.n, sentence);
	}
	for (size_t i = 0; i < rules.n; i++) {
		char *one = rule_format(&rules.at[i]);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "; " : "", one);
		assert_true(len < sizeof(text));
		free(one);
	}
	rules_free(&rules);
	free(line);
	return text;
}

static void assert_made(const char *sentence, const char *rules)
{
	const char *text = made(sentence, false);

	if (strcmp(text, rules))
		fail_msg("'%s' makes '%s' and not '%s'", sentence, text, rules);
}

static void takes_sentences(void **state)
{
	static const char *const cases[][2] = {
		{"1.1.1.1", "block 1.1.1.1"},
		{"block 1.1.1.1", "block 1.1.1.1"},
		{"allow 10.0.0.0/8", "allow 10.0.0.0/8"},
		{"audit 2001:db8::/32 errno EPERM", "audit 2001:db8::/32"},
		{"::ffff:1.1.1.1", "block 1.1.1.1"},
		{"loopback", "block 127.0.0.0/8; block ::1"},
		{"192.0.2.1-192.0.2.3", "block 192.0.2.1; block 192.0.2.2/31"},
		{"1.1.1.1 errno ETIMEDOUT", "block 1.1.1.1 errno ETIMEDOUT"},
		{"1.1.1.1 comment \"why not\"", "block 1.1.1.1 comment \"why not\""},
		{"1.1.1.1 comment ''", "block 1.1.1.1"},
		{"1.1.1.1 proto udp", "block 1.1.1.1 proto udp"},
		{"1.1.1.1 proto any", "block 1.1.1.1"},
		{"1.1.1.1 uid 1000", "block 1.1.1.1 uid 1000"},
		{"1.1.1.1 uid 0", "block 1.1.1.1 uid 0"},
		{"1.1.1.1 uid root", "block 1.1.1.1 uid 0"},
		{"1.1.1.1 uid 100000-165535", "block 1.1.1.1 uid 100000-165535"},
		{"1.1.1.1 uid 0-4294967294", "block 1.1.1.1 uid 0-4294967294"},
		{"1.1.1.1 uid root-7", "block 1.1.1.1 uid 0-7"},
		{"1.1.1.1 uid 7-7", "block 1.1.1.1 uid 7"},
		{"1.1.1.1 gid 1000", "block 1.1.1.1 gid 1000"},
		{"1.1.1.1 gid root", "block 1.1.1.1 gid 0"},
		{"1.1.1.1 gid root-7", "block 1.1.1.1 gid 0-7"},
		{"1.1.1.1 exe /no/such/program", "block 1.1.1.1 exe /no/such/program"},
		{"1.1.1.1 cgroup /system.slice", "block 1.1.1.1 cgroup /system.slice"},
		{"1.1.1.1 cgroup '/a b'", "block 1.1.1.1 cgroup \"/a b\""},
		{"1.1.1.1 cgroup '/a\\x2db'", "block 1.1.1.1 cgroup \"/a\\\\x2db\""},
		{"1.1.1.1 unit web", "block 1.1.1.1 unit web.service"},
		{"1.1.1.1 unit 'web@*.service' port 80", "block 1.1.1.1 port 80 unit web@*.service"},
		{"1.1.1.1 unit 'a\\x2db'", "block 1.1.1.1 unit \"a\\\\x2db.service\""},
		{"1.1.1.1 unit io.service", "block 1.1.1.1 unit io.service"},
		{"1.1.1.1 user-slice 7 proto tcp", "block 1.1.1.1 proto tcp cgroup /user.slice/user-7.slice"},
		{"1.1.1.1 timeout 90", "block 1.1.1.1 timeout 1m30s"},
		{"1.1.1.1 set feed", "block 1.1.1.1 set feed"},
		/* Any order behind the destination; one order when it is written. */
		{"allow ::1 comment c errno EACCES set s timeout 1d uid 7 proto tcp port 443",
		 "allow ::1 port 443 proto tcp uid 7 timeout 1d set s errno EACCES comment \"c\""},
		{"::1 proto tcp port 443 cgroup /", "block ::1 port 443 proto tcp cgroup /"},
		/* A word that means something elsewhere is text here. */
		{"1.1.1.1 comment errno", "block 1.1.1.1 comment \"errno\""},
		{"1.1.1.1 comment comment errno EACCES", "block 1.1.1.1 errno EACCES comment \"comment\""},
		{"1.1.1.1 set port port 80", "block 1.1.1.1 port 80 set port"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_made(cases[i][0], cases[i][1]);
}

static void lists_make_a_rule_of_each_pair(void **state)
{
	static const char *const cases[][2] = {
		{"1.1.1.1,::1", "block 1.1.1.1; block ::1"},
		{"1.1.1.1 port 80,443", "block 1.1.1.1 port 80; block 1.1.1.1 port 443"},
		{"any port 53,8000-8100 proto udp",
		 "block 0.0.0.0/0 port 53 proto udp; block 0.0.0.0/0 port 8000-8100 proto udp; "
		 "block ::/0 port 53 proto udp; block ::/0 port 8000-8100 proto udp"},
		{"1.1.1.1,2.2.2.2 set x comment c",
		 "block 1.1.1.1 set x comment \"c\"; block 2.2.2.2 set x comment \"c\""},
		/* Each once, where it stands first. */
		{"1.1.1.1,2.2.2.2,1.1.1.1", "block 1.1.1.1; block 2.2.2.2"},
		{"1.1.1.1,::ffff:1.1.1.1,1.1.1.1/32", "block 1.1.1.1"},
		{"any,any4 port 80,80-80", "block 0.0.0.0/0 port 80; block ::/0 port 80"},
		{"1.1.1.1:80,1.1.1.1:80", "block 1.1.1.1 port 80"},
		/* Those that overlap are not the same. */
		{"1.1.1.1 port 80,80-90", "block 1.1.1.1 port 80; block 1.1.1.1 port 80-90"},
		{"1.1.1.1:80,1.1.1.1", "block 1.1.1.1 port 80; block 1.1.1.1"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_made(cases[i][0], cases[i][1]);
}

static void a_destination_may_carry_its_port(void **state)
{
	static const char *const cases[][2] = {
		{"1.1.1.1:443", "block 1.1.1.1 port 443"},
		{"1.1.1.1:0", "block 1.1.1.1 port 0"},
		{"1.1.1.1:80-90", "block 1.1.1.1 port 80-90"},
		{"1.1.1.1:0-65535", "block 1.1.1.1"},
		{"[::1]:443 proto tcp", "block ::1 port 443 proto tcp"},
		{"[::1]", "block ::1"},
		{"[::1] port 443", "block ::1 port 443"},
		{"[::ffff:1.1.1.1]:80", "block 1.1.1.1 port 80"},
		{"[2001:db8::1]:443,1.1.1.1:80,::2", "block 2001:db8::1 port 443; block 1.1.1.1 port 80; block ::2"},
		/* Without brackets all of it is an address. */
		{"2001:db8::1:443", "block 2001:db8::1:443"},
		{"1.1.1.1,::1 port 80", "block 1.1.1.1 port 80; block ::1 port 80"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_made(cases[i][0], cases[i][1]);
}

static void refuses_with_a_sentence_that_helps(void **state)
{
	/* The sentence, the token near the fault, and the message. */
	static const char *const cases[][3] = {
		{"", "", "a destination is missing"},
		{"block", "near 'block'", "a destination is missing"},
		{"\"\"", "", "a destination is missing"},
		{"1.1.1.1,", "near '1.1.1.1,'", "a destination is missing"},
		{"1.1.1.1,,2.2.2.2 port 80", "near '1.1.1.1,,2.2.2.2'", "a destination is missing"},
		{"1.1.1 errno EPERM", "near '1.1.1'", "four decimal numbers"},
		{"10.0.0.1/8", "near '10.0.0.1/8'", "'10.0.0.0/8'"},
		{"0.0.0.0 port 80", "near '0.0.0.0'", "'loopback'"},
		{"0.0.0.0:80", "near '0.0.0.0'", "'loopback'"},
		{"[::]:80", "near '::'", "'loopback'"},
		{"blok 1.1.1.1", "near 'blok'", "did you mean 'block'?"},
		{"delete 1.1.1.1", "near 'delete'", "neither a word for addresses nor a whole name"},
		{"block allow 1.1.1.1", "near 'allow'", "a second verdict"},
		{"block allow", "near 'allow'", "a second verdict"},
		{"lann port 80", "near 'lann'", "did you mean 'lan'?"},
		{"1.1.1.1 2.2.2.2", "near '2.2.2.2'", "commas"},
		{"1.1.1.1 coment x", "near 'coment'", "did you mean 'comment'?"},
		{"1.1.1.1 erno EPERM", "near 'erno'", "did you mean 'errno'?"},
		{"1.1.1.1 ports 80", "near 'ports'", "did you mean 'port'?"},
		{"1.1.1.1 user kim", "near 'user'", "unknown word"},
		{"1.1.1.1 \"\"", "near ''", "unknown word"},
		{"1.1.1.1 Port 80", "near 'Port'", "did you mean 'port'?"},
		/* A word without its value, and one too often. */
		{"1.1.1.1 comment", "near 'comment'", "'comment TEXT'"},
		{"1.1.1.1 port 80 proto", "near 'proto'", "'proto PROTO'"},
		{"1.1.1.1 port 80 port 81", "near 'port'", "repeated"},
		{"1.1.1.1 errno EPERM errno EPERM", "near 'errno'", "repeated"},
		{"1.1.1.1 uid 0 cgroup /a", "near 'cgroup'", "one subject"},
		{"1.1.1.1 cgroup /a uid 0", "near 'uid'", "one subject"},
		{"1.1.1.1 uid 0 unit a", "near 'unit'", "one subject"},
		{"1.1.1.1 uid 0 gid 0", "near 'gid'", "one subject"},
		{"1.1.1.1 uid 0 exe /a", "near 'exe'", "one subject"},
		{"1.1.1.1 exe /a cgroup /a", "near 'cgroup'", "one subject"},
		{"1.1.1.1 gid 0 uid 0", "near 'uid'", "one subject"},
		{"1.1.1.1 unit a cgroup /a", "near 'cgroup'", "one subject"},
		{"1.1.1.1 unit a user-slice 0", "near 'user-slice'", "one subject"},
		{"1.1.1.1 unit", "near 'unit'", "type 'unit NAME'"},
		{"1.1.1.1 unit a/b", "near 'a/b'", "no '/'"},
		{"1.1.1.1 service web", "near 'service'", "did you mean 'unit'?"},
		{"1.1.1.1 user-slice nosuchuser", "near 'nosuchuser'", "no such user"},
		/* Values. */
		{"1.1.1.1 errno eperm", "near 'eperm'", "EPERM"},
		{"1.1.1.1 errno EAGAIN", "near 'EAGAIN'", "one of"},
		{"1.1.1.1 errno 1", "near '1'", "one of"},
		{"1.1.1.1 proto tpc", "near 'tpc'", "did you mean 'tcp'?"},
		{"1.1.1.1 proto 256", "near '256'", "up to 255"},
		{"1.1.1.1 proto ''", "near ''", "bad protocol"},
		{"1.1.1.1 port 65536", "near '65536'", "0 to 65535"},
		{"1.1.1.1 port 80,", "near '80,'", "a port is missing"},
		{"1.1.1.1 port ''", "near ''", "a port is missing"},
		{"1.1.1.1 port 90-80", "near '90-80'", "from the lower"},
		{"1.1.1.1 port 0-80", "near '0-80'", "starts at port 1"},
		{"1.1.1.1 uid 4294967295", "near '4294967295'", "4294967294"},
		{"1.1.1.1 uid no-such-user-here", "near 'no-such-user-here'", "no such user"},
		{"1.1.1.1 uid 9-8", "near '9-8'", "9 is above 8: the lower uid comes first"},
		{"1.1.1.1 uid 0-4294967295", "near '0-4294967295'", "no such user"},
		{"1.1.1.1 uid 1-2-3", "near '1-2-3'", "no such user"},
		{"1.1.1.1 uid 1-", "near '1-'", "no such user"},
		{"1.1.1.1 uid root-", "near 'root-'", "no such user"},
		{"1.1.1.1 gid 4294967295", "near '4294967295'", "a gid is 0 to 4294967294"},
		{"1.1.1.1 gid no-such-group-here", "near 'no-such-group-here'", "no such group"},
		{"1.1.1.1 gid 9-8", "bad group range, near '9-8'", "9 is above 8: the lower gid comes first"},
		{"1.1.1.1 cgroup system.slice", "near 'system.slice'", "starts with '/'"},
		{"1.1.1.1 cgroup /a/../b", "near '/a/../b'", "'..'"},
		{"1.1.1.1 timeout 0", "near '0'", "leave 'timeout' out"},
		{"1.1.1.1 timeout 5x", "near '5x'", "2h30m"},
		{"1.1.1.1 set 'a b'", "near 'a b'", "bad set"},
		/* Ports that destinations carry. */
		{"1.1.1.1:80 port 90", "near '1.1.1.1:80'", "leave one out"},
		{"1.1.1.1,[::1]:80 port 90", "near '[::1]:80'", "leave one out"},
		{"1.1.1.1:", "near '1.1.1.1:'", "a port is missing"},
		{"[::1]:", "near '[::1]:'", "a port is missing"},
		{"1.1.1.1:65536", "near '65536'", "0 to 65535"},
		{"10.0.0.0/8:80", "near '10.0.0.0/8:80'", "'port PORTS'"},
		{"1.1.1.1/32:80", "near '1.1.1.1/32:80'", "'port PORTS'"},
		{"lan:80", "near 'lan:80'", "'port PORTS'"},
		{"1.1.1.1-1.1.1.9:80", "near '1.1.1.1-1.1.1.9:80'", "'port PORTS'"},
		{"[1.1.1.1]:80", "near '[1.1.1.1]:80'", "brackets"},
		{"[::1/128]", "near '[::1/128]'", "brackets"},
		{"[::1-::2]:80", "near '[::1-::2]:80'", "brackets"},
		{"[::1", "near '[::1'", "brackets"},
		{"[::1]80", "near '[::1]80'", "brackets"},
		{"[]", "near '[]'", "brackets"},
		{"[]:80", "near '[]:80'", "brackets"},
		{"allow 192.0.2.1 private", "near 'private'", "for rules for names"},
		/* What has no ports. */
		{"1.1.1.1 port 80 proto icmp", "near '80'", "never matches"},
		{"1.1.1.1:80 proto raw", "near '80'", "never matches"},
		{"1.1.1.1,2.2.2.2:8-9 proto icmpv6", "near '8-9'", "never matches"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *text = made(cases[i][0], false);

		assert_case(!strncmp(text, "! ", 2), cases[i][0]);
		assert_in(text, cases[i][1]);
		assert_in(text, cases[i][2]);
		assert_case(!strchr(text, '\n'), cases[i][0]);
	}
	assert_made("1.1.1.1 port 0-65535 proto icmp", "block 1.1.1.1 proto icmp");
}

static void the_command_gives_the_verdict_that_is_not_said(void **state)
{
	char destination[] = "1.1.1.1", allow[] = "allow";
	char *const bare[] = {destination}, *const said[] = {allow, destination};

	(void)state;
	for (enum verdict verdict = 0; verdict < VERDICTS; verdict++) {
		struct rules rules = {};
		struct error err = {};

		assert_int_equal(rules_parse(&rules, 1, bare, verdict, &err), 0);
		assert_int_equal(rules_parse(&rules, 2, said, verdict, &err), 0);
		/* They are added behind one another. */
		assert_int_equal(rules.n, 2);
		assert_int_equal(rules.at[0].verdict, verdict);
		assert_int_equal(rules.at[1].verdict, VERDICT_ALLOW);
		rules_free(&rules);
	}
}

static void a_bad_sentence_adds_nothing(void **state)
{
	char good[] = "1.1.1.1", list[] = "2.2.2.2,3.3.3";
	char *const words[] = {good, list};
	struct rules rules = {};
	struct error err = {};

	(void)state;
	assert_int_equal(rules_parse(&rules, 1, words, VERDICT_BLOCK, &err), 0);
	assert_int_equal(rules_parse(&rules, 1, words + 1, VERDICT_BLOCK, &err), -1);
	assert_int_equal(rules.n, 1);
	rules_free(&rules);
	rules_free(&rules);
}

static void a_sentence_makes_up_to_65536_rules(void **state)
{
	char *destinations = malloc(70000), *ports = malloc(70000);
	char word[] = "port";
	char *const words[] = {destinations, word, ports};
	struct rules rules = {};
	struct error err = {};
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 4096; i++)
		len += (size_t)sprintf(destinations + len, "%s10.0.%d.%d", i ? "," : "", i / 256, i % 256);
	len = 0;
	for (int i = 1; i <= 16; i++)
		len += (size_t)sprintf(ports + len, "%s%d", i > 1 ? "," : "", i);
	assert_int_equal(rules_parse(&rules, 3, words, VERDICT_BLOCK, &err), 0);
	assert_int_equal(rules.n, 65536);
	assert_int_equal(rules.at[65535].port_lo, 16);
	strcpy(ports + len, ",17");
	assert_int_equal(rules_parse(&rules, 3, words, VERDICT_BLOCK, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_in(err.text, "65536");
	assert_int_equal(rules.n, 65536);
	rules_free(&rules);
	free(destinations);
	free(ports);
}

static void long_words_give_short_messages(void **state)
{
	static const char *const before[] = {"",
					     "1.1.1.1 ",
					     "1.1.1.1 errno ",
					     "1.1.1.1 comment ",
					     "1.1.1.1 port ",
					     "1.1.1.1 proto ",
					     "1.1.1.1 uid ",
					     "1.1.1.1 cgroup ",
					     "1.1.1.1 set ",
					     "1.1.1.1 timeout ",
					     "1.1.1.1 cgroup /",
					     "1.1.1.1:",
					     "1.1.1.1 port 1-",
					     "["};
	static const char fills[] = "x1,";

	(void)state;
	for (size_t i = 0; i < LENGTH(before); i++) {
		for (const char *fill = fills; *fill; fill++) {
			char text[10101] = {};
			size_t len = (size_t)sprintf(text, "%s", before[i]);

			memset(text + len, *fill, 10000);
			assert_case(made(text, false)[0] == '!', before[i]);
			assert_case(strlen(made(text, false)) < 400, before[i]);
		}
	}
}

static void a_rule_is_named_by_its_identity(void **state)
{
	static const char *const good[][2] = {
		{"1.1.1.1,any4", "block 1.1.1.1; block 0.0.0.0/0"},
		{"1.1.1.1:80", "block 1.1.1.1 port 80"},
		{"1.1.1.1 cgroup /a proto tcp port 80", "block 1.1.1.1 port 80 proto tcp cgroup /a"},
		{"1.1.1.1 unit a.scope", "block 1.1.1.1 unit a.scope"},
		{"1.1.1.1 uid 5", "block 1.1.1.1 uid 5"},
	};
	static const char *const bad[][3] = {
		{"", "", "a rule is missing"},
		{"block 1.1.1.1", "near 'block'", "without its verdict"},
		{"1.1.1.1 comment x", "near 'comment'", "only"},
		{"1.1.1.1 set x", "near 'set'", "only"},
		{"1.1.1.1 timeout 5", "near 'timeout'", "only"},
		{"1.1.1.1 errno EPERM", "near 'errno'", "only"},
		/* Only what would be taken is named, or guessed at. */
		{"1.1.1.1 x2", "near 'x2'", "type port, proto, uid, gid, exe, cgroup, unit, container or "},
		{"1.1.1.1 prt 80", "near 'prt'", "did you mean 'port'?"},
		{"1.1.1.1 coment x", "near 'coment'", "after the destination"},
		{"1.1.1", "near '1.1.1'", "four decimal numbers"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(good); i++)
		assert_string_equal(made(good[i][0], true), good[i][1]);
	for (size_t i = 0; i < LENGTH(bad); i++) {
		const char *text = made(bad[i][0], true);

		assert_case(text[0] == '!', bad[i][0]);
		assert_in(text, bad[i][1]);
		assert_in(text, bad[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_sentences),
		cmocka_unit_test(lists_make_a_rule_of_each_pair),
		cmocka_unit_test(a_destination_may_carry_its_port),
		cmocka_unit_test(refuses_with_a_sentence_that_helps),
		cmocka_unit_test(the_command_gives_the_verdict_that_is_not_said),
		cmocka_unit_test(a_bad_sentence_adds_nothing),
		cmocka_unit_test(a_sentence_makes_up_to_65536_rules),
		cmocka_unit_test(long_words_give_short_messages),
		cmocka_unit_test(a_rule_is_named_by_its_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
