// SPDX-License-Identifier: GPL-2.0-only
/* Closes real connections, in namespaces of its own. A function in place of the policy refuses 127.0.0.2 and ::1. */
#include "unit.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "flow/cut.h"
#include "policy/tell.h"
#include "table/ruleset_impl.h"

static unsigned int questions;
static int64_t refused_gid = -1; /* none */

/* These come in place of the library's. */
int asker_open(struct asker *asker, const struct pins *pins, struct error *err)
{
	(void)pins, (void)err;
	asker->prog = -1;
	return 0;
}

int asker_ask(const struct asker *asker, const struct call *call, const __u64 cgroups[CGROUP_DEPTH], __u32 n,
	      struct test_answer *answer, struct error *err)
{
	const union ip refused4 = {.b = {[10] = 0xff, 0xff, 127, 0, 0, 2}}, refused6 = {.b = {[15] = 1}};
	bool refuse = call->gid == refused_gid || !memcmp(&call->ip, &refused4, sizeof(refused4)) ||
		      !memcmp(&call->ip, &refused6, sizeof(refused6));

	(void)asker, (void)cgroups, (void)n, (void)err;
	questions++;
	*answer = (struct test_answer){.verdict = refuse ? VERDICT_BLOCK : VERDICT_ALLOW, .slot = NO_SLOT};
	return 0;
}

void asker_close(struct asker *asker)
{
	(void)asker;
}

__u32 ask_cgroup_ids(const char *cgroup, __u64 ids[CGROUP_DEPTH])
{
	(void)cgroup;
	ids[0] = ROOT_CGROUP;
	return 1;
}

static unsigned int told;

int teller_open(struct teller *teller, const struct pins *pins, struct ruleset *rules, struct error *err)
{
	(void)pins, (void)rules, (void)err;
	teller->prog = 0;
	return 0;
}

int teller_tell(const struct teller *teller, const struct event *event, struct error *err)
{
	(void)teller, (void)err;
	told += event->cut && event->verdict == VERDICT_BLOCK;
	return 0;
}

void teller_close(struct teller *teller)
{
	(void)teller;
}

static int open_policy(void *arg, const struct pins **pins, struct ruleset **rules, struct error *err)
{
	static const struct pins none = PINS_CLOSED;
	static struct config config; /* no rule is for a name */
	static struct ruleset empty;

	(void)arg, (void)err;
	empty.t.config = &config;
	*pins = &none;
	*rules = &empty;
	return 0;
}

static void close_policy(void *arg)
{
	(void)arg;
}

static const struct survey_policy policy = {.open = open_policy, .close = close_policy};

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	assert_true(write(fd, text, strlen(text)) >= 0);
	close(fd);
}

static void lo_up(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ioctl(s, SIOCSIFFLAGS, &lo), 0);
	close(s);
}

static bool alone;

/* Without namespaces for users nothing here may be tried. */
static int leave(void **state)
{
	uid_t uid = getuid();
	char map[64];

	(void)state;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return 0;
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	lo_up();
	alone = true;
	return 0;
}

static void need_to_be_alone(void)
{
	if (!alone)
		skip();
}

/* An address for either family. */
static socklen_t address_of(const char *text, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

static int bound(int type, const char *text, uint16_t port)
{
	struct sockaddr_storage at;
	socklen_t size = address_of(text, port, &at);
	int s = socket(at.ss_family, type | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(s, (void *)&at, size), 0);
	return s;
}

static int connected(int type, const char *text, uint16_t port, const char *source, uint16_t source_port)
{
	struct sockaddr_storage at;
	socklen_t size = address_of(text, port, &at);
	int s = source ? bound(type, source, source_port) : socket(at.ss_family, type | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(s, (void *)&at, size), 0);
	return s;
}

/* A listener that needs no accept(2) for its clients to be connected. */
static int listener(const char *text, uint16_t port)
{
	int s = bound(SOCK_STREAM, text, port);

	assert_int_equal(listen(s, 4096), 0);
	return s;
}

/* The errno that a program would see, or 0 while it is open. */
static int error_of(int s)
{
	int error = 0;
	socklen_t size = sizeof(error);
	char byte;

	getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error)
		return error;
	if (recv(s, &byte, 1, MSG_DONTWAIT) >= 0)
		return EPIPE;
	return errno == EAGAIN ? 0 : errno;
}

/* True while a datagram socket has its peer. */
static bool has_peer(int s)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);

	return !getpeername(s, (void *)&peer, &size);
}

static const struct flow *flow_to(const struct survey *survey, const char *address, uint16_t port)
{
	const struct flow *found = NULL;
	union ip ip = {.b = {[10] = 0xff, 0xff}};

	if (inet_pton(AF_INET, address, &ip.w[3]) != 1)
		inet_pton(AF_INET6, address, &ip);
	for (size_t i = 0; i < survey->n; i++) {
		const struct flow *flow = &survey->flows[i];

		if (flow->remote_port == port && !memcmp(&flow->remote, &ip, sizeof(ip)))
			found = flow;
	}
	return found;
}

static void shows_what_is_connected(void **state)
{
	const struct flow_filter filter = {}, refused = {.refused = true};
	struct survey survey = {}, of_refused = {};
	struct error err = {};
	const struct flow *flow;
	int server, client, datagrams;

	(void)state;
	need_to_be_alone();
	server = listener("0.0.0.0", 7001);
	client = connected(SOCK_STREAM, "127.0.0.2", 7001, NULL, 0);
	datagrams = connected(SOCK_DGRAM, "127.0.0.3", 7002, NULL, 0);
	assert_int_equal(survey_take(&survey, &filter, &policy, NULL, &err), 0);
	assert_int_equal(survey.n, 3); /* both ends of one */
	flow = flow_to(&survey, "127.0.0.2", 7001);
	assert_non_null(flow);
	assert_int_equal(flow->kind, FLOW_TCP);
	assert_int_equal(flow->origin, FLOW_OPENED);
	assert_int_equal(flow->pid, getpid());
	assert_int_equal(flow->uid, 0); /* as this namespace has it */
	assert_int_equal(survey_answer(&survey, flow)->verdict, VERDICT_BLOCK);
	flow = flow_to(&survey, "127.0.0.3", 7002);
	assert_non_null(flow);
	assert_int_equal(flow->kind, FLOW_UDP);
	assert_int_equal(survey_answer(&survey, flow)->verdict, VERDICT_ALLOW);
	assert_int_equal(survey_take(&of_refused, &refused, &policy, NULL, &err), 0);
	assert_int_equal(of_refused.n, 1);
	survey_free(&survey);
	survey_free(&of_refused);
	close(client);
	close(server);
	close(datagrams);
}

static void closes_what_is_refused(void **state)
{
	const struct flow_filter filter = {};
	struct survey survey = {}, again = {};
	struct error err = {};
	int v4, v6, mapped, asked, datagrams, datagrams6, other, odd, came_in, servers[4];

	(void)state;
	need_to_be_alone();
	servers[0] = listener("::", 7001);
	servers[1] = listener("127.0.0.1", 7003);
	servers[3] = listener("127.0.0.1", 40001);
	servers[2] = bound(SOCK_DGRAM, "127.0.0.1", 7004);
	v4 = connected(SOCK_STREAM, "127.0.0.2", 7001, "127.0.0.1", 0);
	v6 = connected(SOCK_STREAM, "::1", 7001, NULL, 0);
	mapped = connected(SOCK_STREAM, "::ffff:127.0.0.2", 7001, NULL, 0);
	/* A TCP server at the same port has nothing to do with it. */
	datagrams = connected(SOCK_DGRAM, "127.0.0.2", 53, "127.0.0.1", 40001);
	datagrams6 = connected(SOCK_DGRAM, "::1", 53, NULL, 0);
	other = connected(SOCK_STREAM, "127.0.0.3", 7001, "127.0.0.1", 0);
	odd = connected(SOCK_STREAM, "127.0.0.2", 7001, "127.0.0.1", 1023);
	/* The client is at the refused address, and asks for one that is not. */
	asked = connected(SOCK_STREAM, "127.0.0.1", 7003, "127.0.0.2", 0);
	came_in = accept4(servers[1], NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(flows_cut(&survey, &filter, &policy, true, &err), 0);
	assert_int_equal(error_of(v4), 0);
	assert_int_equal(told, 0);
	assert_int_equal(flow_to(&survey, "127.0.0.2", 53)->fate, FLOW_OPEN);
	survey_free(&survey);
	survey = (struct survey){};
	assert_int_equal(flows_cut(&survey, &filter, &policy, false, &err), 0);
	assert_int_equal(error_of(v4), ECONNABORTED);
	assert_int_equal(error_of(v6), ECONNABORTED);
	assert_int_equal(error_of(mapped), ECONNABORTED);
	assert_false(has_peer(datagrams) || has_peer(datagrams6));
	assert_int_equal(told, 5);
	assert_int_equal(error_of(other) | error_of(odd) | error_of(asked) | error_of(came_in), 0);
	/* Nothing is left for the next time but what came in. */
	assert_int_equal(flows_cut(&again, &filter, &policy, false, &err), 0);
	for (size_t i = 0; i < again.n; i++)
		assert_int_equal(again.flows[i].fate, FLOW_LEFT);
	assert_int_equal(error_of(other) | error_of(odd) | error_of(asked) | error_of(came_in), 0);
	survey_free(&survey);
	survey_free(&again);
	for (int i = 0; i < 4; i++)
		close(servers[i]);
	for (const int *s = (int[]){v4, v6, mapped, datagrams, datagrams6, other, odd, asked, came_in, -1}; *s >= 0;
	     s++)
		close(*s);
}

static void finds_namespaces_without_processes(void **state)
{
	const struct flow_filter filter = {};
	struct survey survey = {};
	struct error err = {};
	int own, server, client;

	(void)state;
	need_to_be_alone();
	own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	lo_up();
	server = listener("127.0.0.2", 7001);
	client = connected(SOCK_STREAM, "127.0.0.2", 7001, NULL, 0);
	assert_int_equal(setns(own, CLONE_NEWNET), 0);
	assert_int_equal(flows_cut(&survey, &filter, &policy, false, &err), 0);
	assert_int_equal(error_of(client), ECONNABORTED);
	/* It has not left its own. */
	close(own);
	assert_int_equal(survey.flows[0].net > 0, 1);
	survey_free(&survey);
	close(client);
	close(server);
}

/* Also of a connection that is new since the last look at the processes. */
static void asks_for_the_group_of_the_process(void **state)
{
	const struct flow_filter filter = {};
	struct survey survey = {};
	struct error err = {};
	int first, second;

	(void)state;
	need_to_be_alone();
	first = connected(SOCK_DGRAM, "127.0.0.3", 7002, NULL, 0);
	refused_gid = getgid();
	assert_int_equal(survey_take(&survey, &filter, &policy, NULL, &err), 0);
	second = connected(SOCK_DGRAM, "127.0.0.3", 7003, NULL, 0);
	assert_int_equal(survey_take(&survey, &filter, &policy, NULL, &err), 0);
	assert_int_equal(survey.n, 2);
	for (size_t i = 0; i < survey.n; i++) {
		assert_int_equal(survey.flows[i].gid, getgid());
		assert_int_equal(survey.flows[i].pid, getpid());
		assert_int_equal(survey_answer(&survey, &survey.flows[i])->verdict, VERDICT_BLOCK);
	}
	assert_string_equal(owners_name(&survey.owners, &survey.flows[1]), "test_cut");
	refused_gid = -1;
	survey_free(&survey);
	close(first);
	close(second);
}

static void asks_once(void **state)
{
	const struct flow_filter filter = {};
	struct survey survey = {};
	struct error err = {};
	int server, clients[100];

	(void)state;
	need_to_be_alone();
	server = listener("127.0.0.2", 7001);
	for (size_t i = 0; i < LENGTH(clients); i++)
		clients[i] = connected(SOCK_STREAM, "127.0.0.2", 7001, "127.0.0.1", 0);
	questions = 0;
	assert_int_equal(survey_take(&survey, &filter, &policy, NULL, &err), 0);
	assert_int_equal(survey.n, 200);
	/* To the server: once. Each of its clients has another port. */
	assert_int_equal(questions, 101);
	survey_free(&survey);
	close(server);
	for (size_t i = 0; i < LENGTH(clients); i++)
		close(clients[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_what_is_connected),
		cmocka_unit_test(closes_what_is_refused),
		cmocka_unit_test(finds_namespaces_without_processes),
		cmocka_unit_test(asks_for_the_group_of_the_process),
		cmocka_unit_test(asks_once),
	};

	return cmocka_run_group_tests(tests, leave, NULL);
}
