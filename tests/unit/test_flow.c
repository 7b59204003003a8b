// SPDX-License-Identifier: GPL-2.0-only
/* Connections: who began them, which a filter selects, what the policy is asked, and whose the session is. */
#include "unit.h"
#include <arpa/inet.h>
#include "flow/cut.h"

static union ip ip(const char *text)
{
	union ip to = {.b = {[10] = 0xff, 0xff}};

	if (inet_pton(AF_INET, text, &to.w[3]) != 1)
		assert_int_equal(inet_pton(AF_INET6, text, &to), 1);
	return to;
}

static void tells_who_began(void **state)
{
	static const uint16_t ports[2] = {32768, 60999};
	static const struct {
		const char *name;
		struct flow flow;
		bool listened;
		enum flow_origin origin;
	} cases[] = {
		{"a client", {.local_port = 40000, .state = STATE_ESTABLISHED}, false, FLOW_OPENED},
		{"first port", {.local_port = 32768, .state = STATE_ESTABLISHED}, false, FLOW_OPENED},
		{"last port", {.local_port = 60999, .state = STATE_CLOSE_WAIT}, false, FLOW_OPENED},
		{"below", {.local_port = 32767, .state = STATE_ESTABLISHED}, false, FLOW_ODD_PORT},
		{"above", {.local_port = 61000, .state = STATE_ESTABLISHED}, false, FLOW_ODD_PORT},
		{"a server", {.local_port = 22, .state = STATE_ESTABLISHED}, true, FLOW_ACCEPTED},
		{"a high server", {.local_port = 40000, .state = STATE_ESTABLISHED}, true, FLOW_ACCEPTED},
		{"half open", {.local_port = 40000, .state = STATE_SYN_RECV}, false, FLOW_ACCEPTED},
		{"asks, from anywhere", {.local_port = 22, .state = STATE_SYN_SENT}, true, FLOW_OPENED},
		{"datagrams", {.kind = FLOW_UDP, .local_port = 40000, .state = 1}, false, FLOW_OPENED},
		{"datagrams of a server", {.kind = FLOW_UDP, .local_port = 40000, .state = 1}, true, FLOW_ACCEPTED},
		{"raw: its protocol is no port", {.kind = FLOW_RAW, .local_port = 1, .state = 1}, false, FLOW_OPENED},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_case(flow_origin_of(&cases[i].flow, cases[i].listened, ports) == cases[i].origin, cases[i].name);
}

static void tells_what_is_open(void **state)
{
	struct flow flow = {.kind = FLOW_TCP, .inode = 1};

	(void)state;
	for (flow.state = 0; flow.state < 16; flow.state++) {
		bool closed = !flow.state || flow.state == STATE_LISTEN || flow.state == STATE_TIME_WAIT ||
			      flow.state == STATE_CLOSE;

		assert_case(flow_is_open(&flow) == !closed, flow_state_name(flow.state));
		assert_int_equal(flow_listens(&flow), flow.state == STATE_LISTEN);
	}
	/* Nobody has it, and its end has been sent. */
	flow = (struct flow){.kind = FLOW_TCP, .state = STATE_FIN_WAIT2};
	assert_false(flow_is_open(&flow));
	flow.state = STATE_FIN_WAIT1;
	assert_true(flow_is_open(&flow));
	flow = (struct flow){.kind = FLOW_UDP, .state = STATE_ESTABLISHED};
	assert_true(flow_is_open(&flow));
	assert_false(flow_listens(&flow));
	flow.state = STATE_CLOSE;
	assert_false(flow_is_open(&flow));
	assert_true(flow_listens(&flow));
	flow.kind = FLOW_RAW;
	assert_false(flow_is_open(&flow) || flow_listens(&flow));
}

static void closes_only_what_was_opened_here(void **state)
{
	struct flow flow = {.origin = FLOW_OPENED, .inode = 7, .pid = 1};

	(void)state;
	assert_int_equal(flow_fate_of(&flow), FLOW_OPEN);
	flow.pid = 0;
	assert_int_equal(flow_fate_of(&flow), FLOW_KERNEL);
	flow.uid = 1;
	assert_int_equal(flow_fate_of(&flow), FLOW_OPEN);
	flow = (struct flow){.origin = FLOW_OPENED, .uid = FLOW_NO_UID};
	assert_int_equal(flow_fate_of(&flow), FLOW_OPEN);
	flow.session = true;
	assert_int_equal(flow_fate_of(&flow), FLOW_SESSION);
	flow.origin = FLOW_ACCEPTED;
	assert_int_equal(flow_fate_of(&flow), FLOW_SESSION);
	flow.session = false;
	assert_int_equal(flow_fate_of(&flow), FLOW_LEFT);
	flow.origin = FLOW_ODD_PORT;
	assert_int_equal(flow_fate_of(&flow), FLOW_LEFT);
}

/* Splits a sentence, and returns what filters say of the flow: -1: bad. */
static int says_of(const char *sentence, const struct flow *flow, const char *cgroup, bool any)
{
	struct flow_filter filter = {};
	struct error err = {};
	char text[256], *words[16], *rest = text, *word;
	size_t n = 0;
	int ret = -1;

	snprintf(text, sizeof(text), "%s", sentence);
	while ((word = strsep(&rest, " "))) {
		if (*word)
			words[n++] = word;
	}
	if (!flow_filter_parse(&filter, n, words, &err))
		ret = flow_filter_passes(&filter, flow, cgroup, any, NULL);
	assert_int_equal(ret < 0, err.code != ERR_NONE);
	flow_filter_free(&filter);
	return ret;
}

static int says(const char *sentence, const struct flow *flow, const char *cgroup)
{
	return says_of(sentence, flow, cgroup, false);
}

/* Only the policy knows the addresses of a name: its rule for the name decides, or another rule. */
static void filters_for_names_select_by_the_rule_that_decides(void **state)
{
	const struct flow flow = {.remote = ip("192.0.2.7"), .remote_port = 443, .proto = 6};
	char name[] = "www.example", port[] = "port", ports[] = "443", *words[] = {name, port, ports};
	struct flow_filter filter = {};
	struct error err = {};
	const union ip none = {};
	union ip decided;

	(void)state;
	assert_int_equal(flow_filter_parse(&filter, 3, words, &err), 0);
	decided = filter.rules.at[0].prefix.ip;
	assert_true(flow_filter_passes(&filter, &flow, "/", false, NULL));
	assert_true(flow_filter_passes(&filter, &flow, "/", false, &decided));
	assert_false(flow_filter_passes(&filter, &flow, "/", false, &none));
	decided.b[15] ^= 1;
	assert_false(flow_filter_passes(&filter, &flow, "/", false, &decided));
	flow_filter_free(&filter);
}

/* As long as the process is not known, it may be any. */
static void filters_let_pass_what_they_may_select(void **state)
{
	const struct flow flow = {.remote = ip("192.0.2.7"), .uid = 1000, .gid = NO_GID};

	(void)state;
	for (int any = 0; any < 2; any++) {
		assert_int_equal(says_of("gid 7", &flow, "/", any), any);
		assert_int_equal(says_of("gid 7-8", &flow, "/", any), any);
		assert_int_equal(says_of("exe /bin/true", &flow, "/", any), any);
		assert_int_equal(says_of("192.0.2.8 gid 7", &flow, "/", any), 0);
		assert_int_equal(says_of("uid 7", &flow, "/", any), 0);
		assert_int_equal(says_of("uid 1000", &flow, "/", any), 1);
	}
}

static void filters(void **state)
{
	const struct flow tcp = {.remote = ip("192.0.2.7"), .remote_port = 443, .proto = 6, .uid = 1000, .gid = 7};
	const struct flow raw = {
		.kind = FLOW_RAW, .remote = ip("2001:db8::7"), .remote_port = 58, .proto = 1, .uid = 0};
	const struct flow orphan = {.remote = ip("192.0.2.7"), .remote_port = 443, .proto = 6, .uid = FLOW_NO_UID};
	static const struct {
		const char *sentence;
		int tcp, raw, orphan;
	} cases[] = {
		{"", 1, 1, 1},
		{"refused", 1, 1, 1}, /* the policy decides on that */
		{"192.0.2.7", 1, 0, 1},
		{"192.0.2.0/24", 1, 0, 1},
		{"192.0.2.8", 0, 0, 0},
		{"any4", 1, 0, 1},
		{"any6", 0, 1, 0},
		{"any", 1, 1, 1},
		{"192.0.2.8,192.0.2.7", 1, 0, 1},
		{"port 443", 1, 0, 1},
		{"port 1-442", 0, 0, 0},
		{"port 58", 0, 0, 0},
		{"port 1,443", 1, 0, 1},
		{"refused port 443", 1, 0, 1},
		{"proto tcp", 1, 0, 1},
		{"proto udp", 0, 0, 0},
		{"proto raw", 0, 1, 0},
		{"proto icmp", 0, 1, 0},
		{"uid 1000", 1, 0, 0},
		{"uid 0-1000", 1, 1, 0},
		{"uid 1-999", 0, 0, 0},
		{"gid 7", 1, 0, 0},
		{"gid 1-8", 1, 0, 0},
		{"gid 8-1000", 0, 0, 0},
		{"cgroup /a", 1, 1, 1},
		{"cgroup /a/b", 1, 1, 1},
		{"cgroup /a/b/c", 0, 0, 0},
		{"cgroup /a/", 1, 1, 1},
		{"unit a", 0, 0, 0},
		{"cgroup /", 1, 1, 1},
		{"192.0.2.7 port 443 proto tcp uid 1000", 1, 0, 0},
		{"any set feed", -1, -1, -1},
		{"port", -1, -1, -1},
		{"block any", -1, -1, -1},
		{"192.0.2.7 errno EPERM", -1, -1, -1},
		{"any refused", -1, -1, -1},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_case(says(cases[i].sentence, &tcp, "/a/b") == cases[i].tcp, cases[i].sentence);
		assert_case(says(cases[i].sentence, &raw, "/a/b") == cases[i].raw, cases[i].sentence);
		assert_case(says(cases[i].sentence, &orphan, "/a/b") == cases[i].orphan, cases[i].sentence);
	}
	assert_int_equal(says("cgroup /a", &tcp, "/ab"), 0);
	assert_int_equal(says("cgroup /a*", &tcp, "/ab/c"), 1);
	assert_int_equal(says("cgroup /*b/d", &tcp, "/ab/c"), 0);
	assert_int_equal(says("unit web", &tcp, "/system.slice/web.service/c"), 1);
	assert_int_equal(says("unit web", &tcp, "/user.slice/user-1.slice/user@1.service/web.service"), 0);
	assert_int_equal(says("user-slice 1", &tcp, "/user.slice/user-1.slice/user@1.service/web.service"), 1);
	assert_int_equal(says("cgroup /", &tcp, ""), 1);
	assert_int_equal(says("cgroup /a", &tcp, ""), 0);
}

static void reads_ssh_connections(void **state)
{
	const union ip client = ip("192.0.2.1"), server = ip("192.0.2.2"), far = ip("fe80::1"), near = ip("fe80::2");
	struct ssh_peer peer = {};

	(void)state;
	assert_true(ssh_peer_parse("192.0.2.1 50000 192.0.2.2 22", &peer));
	assert_memory_equal(&peer.remote, &client, sizeof(client));
	assert_memory_equal(&peer.local, &server, sizeof(server));
	assert_int_equal(peer.remote_port, 50000);
	assert_int_equal(peer.local_port, 22);
	assert_true(ssh_peer_parse("fe80::1%eth0 50000 fe80::2%eth0 22", &peer));
	assert_memory_equal(&peer.remote, &far, sizeof(far));
	assert_memory_equal(&peer.local, &near, sizeof(near));
	assert_false(ssh_peer_parse("", &peer));
	assert_false(ssh_peer_parse("192.0.2.1 50000 192.0.2.2", &peer));
	assert_false(ssh_peer_parse("UNKNOWN 65535 UNKNOWN 65535", &peer));
	assert_true(ssh_is_server("sshd") && ssh_is_server("sshd-session") && ssh_is_server("dropbear"));
	assert_false(ssh_is_server("ssh") || ssh_is_server("bash") || ssh_is_server(""));
	assert_int_equal(ssh_parent_in("812 (bash) S 811 812"), 811);
	assert_int_equal(ssh_parent_in("812 (a) S 5 (b) R 811 812"), 811);
	assert_int_equal(ssh_parent_in(""), 0);
}

static void finds_the_session(void **state)
{
	struct holder at[] = {{.inode = 5, .pid = 10}, {.inode = 7, .pid = 10}, {.inode = 7, .pid = 20}};
	const struct holders holders = {at, LENGTH(at)};
	struct ssh_session session = {.servers = {20}, .n_servers = 1, .n_peers = 1};
	struct flow flow = {.inode = 7, .remote = ip("192.0.2.1"), .local = ip("192.0.2.2"), .remote_port = 1};
	uint32_t n;

	(void)state;
	assert_true(ssh_peer_parse("192.0.2.1 50000 192.0.2.2 22", &session.peers[0]));
	assert_ptr_equal(holders_of(&holders, 7, &n), &at[1]);
	assert_int_equal(n, 2);
	assert_ptr_equal(holders_of(&holders, 5, &n), &at[0]);
	assert_int_equal(n, 1);
	assert_null(holders_of(&holders, 6, &n));
	assert_null(holders_of(&holders, 8, &n));
	assert_true(ssh_session_has(&session, &flow, &holders));
	flow.inode = 5;
	assert_false(ssh_session_has(&session, &flow, &holders));
	flow.remote_port = 50000;
	flow.local_port = 22;
	assert_true(ssh_session_has(&session, &flow, &holders));
	flow.local_port = 23;
	assert_false(ssh_session_has(&session, &flow, &holders));
}

static void reads_mounts(void **state)
{
	static const struct {
		const char *line, *path; /* NULL: another mount */
	} cases[] = {
		{"42 28 0:4 net:[4026532211] /run/netns/blue rw shared:5 - nsfs nsfs rw\n", "/run/netns/blue"},
		{"42 28 0:4 net:[4026532211] /run/a\\040b\\134c rw - nsfs nsfs rw\n", "/run/a b\\c"},
		{"42 28 0:4 net:[4026532211] /run/a\\04 rw - nsfs nsfs rw\n", "/run/a\\04"},
		{"42 28 0:4 mnt:[4026532211] /run/snapd/ns/x rw - nsfs nsfs rw\n", NULL},
		{"42 28 0:4 / /run/net:[1] rw - tmpfs tmpfs rw\n", NULL},
		{"42 28 0:4 net:[1]\n", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char line[128], path[PATH_MAX];

		strcpy(line, cases[i].line);
		assert_case(nets_mounted(line, path) == (cases[i].path != NULL), cases[i].line);
		if (cases[i].path)
			assert_string_equal(path, cases[i].path);
	}
}

/* What the questions depend on: each of these differs, and nothing else makes a difference. */
static void asks_once_for_all_that_is_the_same(void **state)
{
	const struct flow flow = {
		.remote = ip("192.0.2.7"), .remote_port = 443, .proto = 6, .uid = 1, .gid = 3, .exe = 4, .cgroup = 5};
	const struct flow_question question = flow_question_of(&flow);
	struct flow other;
	struct flow_question asked;

	(void)state;
#define DIFFERS(member, value, is)                                                                                     \
	do {                                                                                                           \
		other = flow;                                                                                          \
		other.member = (value);                                                                                \
		asked = flow_question_of(&other);                                                                      \
		assert_case((memcmp(&asked, &question, sizeof(asked)) != 0) == (is), #member);                         \
	} while (0)
	DIFFERS(remote, ip("192.0.2.8"), true);
	DIFFERS(remote_port, 444, true);
	DIFFERS(proto, 17, true);
	DIFFERS(uid, 2, true);
	DIFFERS(gid, 2, true);
	DIFFERS(exe, 2, true);
	DIFFERS(cgroup, 6, true);
	DIFFERS(kind, FLOW_RAW, true);
	DIFFERS(local, ip("192.0.2.8"), false);
	DIFFERS(local_port, 1, false);
	DIFFERS(net, 1, false);
	DIFFERS(inode, 1, false);
	DIFFERS(kind, FLOW_MPTCP, false);
#undef DIFFERS
	other = flow;
	other.kind = FLOW_RAW;
	assert_int_equal(flow_question_of(&other).port, NO_PORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_who_began),
		cmocka_unit_test(tells_what_is_open),
		cmocka_unit_test(closes_only_what_was_opened_here),
		cmocka_unit_test(filters),
		cmocka_unit_test(filters_for_names_select_by_the_rule_that_decides),
		cmocka_unit_test(filters_let_pass_what_they_may_select),
		cmocka_unit_test(reads_ssh_connections),
		cmocka_unit_test(finds_the_session),
		cmocka_unit_test(reads_mounts),
		cmocka_unit_test(asks_once_for_all_that_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
