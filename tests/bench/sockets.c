// SPDX-License-Identifier: GPL-2.0-only
/*
 * sockets NAMESPACES N COMMAND [ARGUMENT]...: in each of so many network namespaces it makes N connections to
 * 192.0.2.0/24, which the command shall close, and a tenth as many to 198.51.100.0/24, which it shall leave: three of
 * four are TCP, the others UDP. Then it runs the command and writes a line: the nanoseconds of processor time that it
 * took, the connections that were closed, and those that should have been and were not, or were and should not. What
 * happens to the other ends is no part of it: there are none (TCP_REPAIR).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPAIR_OFF (-1) /* TCP_REPAIR_OFF_NO_WP: without a probe of the window */

struct tally {
	long closed, wrong;
};

static void die(const char *what)
{
	fprintf(stderr, "sockets: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A loopback device has all addresses of its networks. */
static void add_network(int s, const char *label, const char *address)
{
	struct ifreq request = {};
	struct sockaddr_in *sin = (struct sockaddr_in *)&request.ifr_addr;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", label);
	sin->sin_family = AF_INET;
	inet_pton(AF_INET, address, &sin->sin_addr);
	if (ioctl(s, SIOCSIFADDR, &request))
		die(address);
	inet_pton(AF_INET, "255.255.255.0", &sin->sin_addr);
	if (ioctl(s, SIOCSIFNETMASK, &request))
		die("netmask");
}

static void make_network(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int s;

	if (unshare(CLONE_NEWNET))
		die("unshare");
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &request))
		die("lo");
	add_network(s, "lo:1", "192.0.2.1");
	add_network(s, "lo:2", "198.51.100.1");
	close(s);
}

static int connection(const char *network, int i)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(443)};
	/* With no peer to say goodbye to, the kernel would keep what is left open for minutes. */
	const struct linger linger = {.l_onoff = 1};
	bool stream = i % 4;
	int s = socket(AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, network, &sin.sin_addr);
	sin.sin_addr.s_addr += htonl((uint32_t)i % 254);
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) ||
	    (stream && setsockopt(s, IPPROTO_TCP, TCP_REPAIR, &(int){1}, sizeof(int))) ||
	    connect(s, (const struct sockaddr *)&sin, sizeof(sin)) ||
	    (stream && setsockopt(s, IPPROTO_TCP, TCP_REPAIR, &(int){REPAIR_OFF}, sizeof(int))))
		die("connection");
	return s;
}

static bool is_closed(int s)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size) || error == ECONNABORTED;
}

/* Makes the connections of a namespace, says so, waits for a word, and tells what became of them. */
static void hold(int n, int up, int down)
{
	int others = n / 10, *sockets = calloc((size_t)(n + others), sizeof(*sockets));
	struct tally tally = {};
	char word;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	make_network();
	for (int i = 0; sockets && i < n; i++)
		sockets[i] = connection("192.0.2.1", i);
	for (int i = 0; sockets && i < others; i++)
		sockets[n + i] = connection("198.51.100.1", i);
	if (!sockets || write(up, "", 1) != 1 || read(down, &word, 1) != 1)
		die("hold");
	for (int i = 0; i < n + others; i++) {
		bool closed = is_closed(sockets[i]);

		tally.closed += closed;
		tally.wrong += closed != (i < n);
	}
	if (write(up, &tally, sizeof(tally)) != sizeof(tally))
		die("tell");
	exit(0);
}

static long long run(char **command)
{
	struct rusage usage;
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		die("run");
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "sockets: %s ended with status %d\n", command[0], status);
		exit(1);
	}
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ll +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ll;
}

int main(int argc, char **argv)
{
	int namespaces = argc > 3 ? atoi(argv[1]) : 0, n = argc > 3 ? atoi(argv[2]) : 0, up[2], down[2];
	struct rlimit limit;
	struct tally all = {}, tally;
	long long ns;
	char word;

	if (namespaces < 1 || n < 1) {
		fputs("usage: sockets NAMESPACES N COMMAND [ARGUMENT]...\n", stderr);
		return 2;
	}
	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (pipe(up) || pipe(down))
		die("pipe");
	for (int i = 0; i < namespaces; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid)
			hold(n, up[1], down[0]);
	}
	close(up[1]);
	for (int i = 0; i < namespaces; i++) {
		if (read(up[0], &word, 1) != 1)
			return 1; /* it has said why */
	}
	ns = run(argv + 3);
	for (int i = 0; i < namespaces; i++) {
		if (write(down[1], "", 1) != 1 || read(up[0], &tally, sizeof(tally)) != sizeof(tally))
			die("tell");
		all.closed += tally.closed;
		all.wrong += tally.wrong;
	}
	printf("%lld %ld %ld\n", ns, all.closed, all.wrong);
	return 0;
}
