// SPDX-License-Identifier: GPL-2.0-only
/* The ways out of a run: each is tried outside of it first, by the same user. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "run/run.h"
#include "subjects.h"

#define NOBODY	   65534
#define NOT_RUN	   255 /* exit status of a child */
#define NAME_LEN   32
#define PTRACE_ANY ((unsigned long)-1)

/* What is outside of the run. */
struct outside {
	struct in_addr to;
	int sockets[2]; /* a stream and a datagram one, with abstract names */
	pid_t victim;	/* a process of the same user */
};

/* tester: the process that listens. */
static socklen_t name_socket(struct sockaddr_un *address, pid_t tester, int type)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path + 1, NAME_LEN, "lsmctl-selftest-%d-%d", (int)tester, type);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address->sun_path + 1));
}

static int error_of(long ret)
{
	return ret < 0 ? errno : 0;
}

static int reach(const struct outside *outside)
{
	return subject_reach(outside->to);
}

/* Exits with the errno. */
static int in_child(int (*call)(const struct outside *), const struct outside *outside)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		setsid();
		_exit(call(outside));
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static int from_child(const struct outside *outside)
{
	return in_child(reach, outside);
}

static int from_namespace(const struct outside *outside)
{
	return unshare(CLONE_NEWUSER) ? ENOSYS : reach(outside);
}

static int by_socket(const struct outside *outside, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t len = name_socket(&address, getppid(), type);

	(void)outside;
	return error_of(fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&address, len));
}

static int by_stream(const struct outside *outside)
{
	return by_socket(outside, SOCK_STREAM);
}

static int by_datagram(const struct outside *outside)
{
	return by_socket(outside, SOCK_DGRAM);
}

static int by_memory(const struct outside *outside)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)outside->victim);
	return error_of(open(path, O_RDWR | O_CLOEXEC));
}

static int by_descriptors(const struct outside *outside)
{
	char path[64], to[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/0", (int)outside->victim);
	return error_of(readlink(path, to, sizeof(to)));
}

static int by_debugger(const struct outside *outside)
{
	return error_of(ptrace(PTRACE_SEIZE, outside->victim, NULL, NULL));
}

static int type_it(const struct outside *outside)
{
	int main = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), terminal;
	const char *name = main < 0 || grantpt(main) || unlockpt(main) ? NULL : ptsname(main);

	(void)outside;
	terminal = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	return terminal < 0 || ioctl(terminal, TIOCSCTTY, 0) ? ENOSYS : error_of(ioctl(terminal, TIOCSTI, "x"));
}

static int by_terminal(const struct outside *outside)
{
	return in_child(type_it, outside);
}

static int by_device(const struct outside *outside)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)outside;
	return fd < 0 && errno != EPERM && errno != EACCES ? ENOSYS : error_of(fd);
}

static const struct run_way {
	const char *name;
	int (*go)(const struct outside *outside); /* an errno */
} ways[] = {
	{"run: udp connect", reach},
	{"run: by a child in a session of its own", from_child},
	{"run: from a user namespace", from_namespace},
	{"run: unix stream socket of others", by_stream},
	{"run: unix datagram socket of others", by_datagram},
	{"run: memory of another process", by_memory},
	{"run: descriptors of another process", by_descriptors},
	{"run: debugger of another process", by_debugger},
	{"run: typing into the terminal", by_terminal},
	{"run: a tun device", by_device},
};

_Static_assert(sizeof(ways) / sizeof(ways[0]) == RUN_ROWS, "a row each");

static bool become_nobody(void)
{
	/* Others of the user may look into it then, as into most processes. */
	return !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) && !setresuid(NOBODY, NOBODY, NOBODY) &&
	       !prctl(PR_SET_DUMPABLE, 1);
}

/* cgroup_fd: -1: outside. Exits with the errno of the way. */
static _Noreturn void be_child(const struct run_way *way, const struct outside *outside, int cgroup_fd)
{
	int procs = cgroup_fd < 0 ? -1 : openat(cgroup_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if ((cgroup_fd >= 0 && (procs < 0 || write(procs, "0", 1) != 1)) || !become_nobody())
		_exit(NOT_RUN);
	_exit(way->go(outside));
}

/* Returns the errno, or -1: not tried. */
static int try_one(const struct run_way *way, const struct outside *outside, int cgroup_fd)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (!child)
		be_child(way, outside, cgroup_fd);
	status = subject_exit_status(child);
	return status != NOT_RUN ? status : -1;
}

static int open_socket(int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t len = name_socket(&address, getpid(), type);

	if (fd >= 0 && (bind(fd, (const struct sockaddr *)&address, len) || (type == SOCK_STREAM && listen(fd, 16)))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void be_victim(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Yama lets only ancestors debug a process, unless it says whom else. */
	if (become_nobody())
		prctl(PR_SET_PTRACER, PTRACE_ANY, 0, 0, 0);
	for (;;)
		pause();
}

static void outside_open(struct outside *outside, struct in_addr to)
{
	*outside = (struct outside){.to = to, .sockets = {open_socket(SOCK_STREAM), open_socket(SOCK_DGRAM)}};
	fflush(NULL);
	outside->victim = fork();
	if (!outside->victim)
		be_victim();
}

static void outside_close(const struct outside *outside)
{
	for (size_t i = 0; i < 2; i++) {
		if (outside->sockets[i] >= 0)
			close(outside->sockets[i]);
	}
	if (outside->victim > 0) {
		kill(outside->victim, SIGKILL);
		waitpid(outside->victim, NULL, 0);
	}
}

/* A datagram nowhere is as good as one that arrives: the host may have no route. */
static bool is_refused(int error)
{
	return error == EPERM || error == EACCES;
}

static void judge(int control, int within, struct subject_row *row)
{
	if (control < 0 || within < 0 || is_refused(control) || control == ENOSYS || control == EIO) {
		row->outcome = OUTCOME_LACKING;
		snprintf(row->text, sizeof(row->text), "%s",
			 control < 0 || within < 0 ? "it cannot be tried"
			 : is_refused(control)	   ? "refused outside of a run too"
						   : strerror(control));
	} else if (is_refused(within)) {
		row->outcome = OUTCOME_HELD;
	} else {
		row->outcome = OUTCOME_OPEN;
		snprintf(row->text, sizeof(row->text), "%s", within ? strerror(within) : "it succeeded");
	}
}

static bool are_confined(const char *pin_dir)
{
	struct pins pins = PINS_CLOSED;
	struct error ignored = {};
	bool confined = false;

	if (!pins_open(&pins, pin_dir, PINS_SHARED, &ignored)) {
		confined = runs_are_confined(&pins);
		pins_close(&pins);
	}
	return confined;
}

static void none_tried(const char *why, struct subject_row rows[RUN_ROWS])
{
	for (size_t i = 0; i < RUN_ROWS; i++) {
		rows[i].outcome = OUTCOME_LACKING;
		snprintf(rows[i].text, sizeof(rows[i].text), "not tried: %.100s", why);
	}
}

int runs_try(const char *pin_dir, struct in_addr to, struct subject_row rows[RUN_ROWS], struct error *err)
{
	struct running running = RUNNING_NONE;
	struct run_wish nothing = {};
	struct outside outside;
	struct error why = {};

	for (size_t i = 0; i < RUN_ROWS; i++)
		rows[i] = (struct subject_row){.name = ways[i].name};
	/* The first run attaches programs that stay: not for a test. */
	if (!are_confined(pin_dir)) {
		none_tried("there was no run since the load, which attaches what it needs", rows);
		return 0;
	}
	if (run_begin(&running, pin_dir, &nothing, false, &why)) {
		none_tried(why.text, rows);
		return 0;
	}
	outside_open(&outside, to);
	for (size_t i = 0; i < RUN_ROWS; i++)
		judge(try_one(&ways[i], &outside, -1), try_one(&ways[i], &outside, running.tree.fd), &rows[i]);
	outside_close(&outside);
	return run_end(&running, false, err);
}
