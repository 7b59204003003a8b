// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "child.h"

static struct {
	sigset_t before; /* the mask that this process was given */
	struct sigaction pipe, child;
} inherited;

/* Those that end or stop a process, and may be sent to it. The terminal's go to its whole foreground group. */
static const int passed_on[] = {SIGTERM, SIGHUP,  SIGINT,   SIGQUIT, SIGUSR1, SIGUSR2,
				SIGALRM, SIGCONT, SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU};

#define N_PASSED_ON (sizeof(passed_on) / sizeof(passed_on[0]))

static sigset_t awaited(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < N_PASSED_ON; i++)
		sigaddset(&set, passed_on[i]);
	return set;
}

void child_prepare(void)
{
	const sigset_t set = awaited();
	const struct sigaction ignore = {.sa_handler = SIG_IGN}, usual = {.sa_handler = SIG_DFL};

	sigprocmask(SIG_BLOCK, &set, &inherited.before);
	/* The report must not end because nobody reads it: the exit status is still to come. */
	sigaction(SIGPIPE, &ignore, &inherited.pipe);
	/* Where it is ignored, the kernel keeps no exit status. */
	sigaction(SIGCHLD, &usual, &inherited.child);
}

/* Without the kernel's headers of 5.9. Closes what is not kept; pipe_fd closes itself at exec. */
static void close_others(const struct child_wish *wish, int pipe_fd)
{
	unsigned int from = 3;

	for (size_t i = 0; i <= wish->n_keep; i++) {
		int keep = i < wish->n_keep ? wish->keep[i] : -1;
		unsigned int to = keep < 0 ? ~0u : (unsigned int)keep - 1;

		if (pipe_fd >= (int)from && (unsigned int)pipe_fd <= to) {
			if (pipe_fd > (int)from)
				syscall(SYS_close_range, from, (unsigned int)pipe_fd - 1, 0);
			from = (unsigned int)pipe_fd + 1;
		}
		if (from <= to)
			syscall(SYS_close_range, from, to, 0);
		if (keep >= 0) {
			fcntl(keep, F_SETFD, 0);
			from = (unsigned int)keep + 1;
		}
	}
}

/* Nothing of root's is left for a program to make use of: needs a capability itself, so it comes first. */
static int drop_bounding_set(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			return -1;
	}
	return 0;
}

/* The others went with the uid, but not those that are inherited. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

	return (int)syscall(SYS_capset, &header, none);
}

static int become(const struct child_wish *wish)
{
	const struct run_user *user = wish->user;

	if (setgroups(user->n_groups, user->groups) || setresgid(user->gid, user->gid, user->gid) ||
	    (user->uid && !wish->new_privs && drop_bounding_set()) || setresuid(user->uid, user->uid, user->uid) ||
	    (user->uid && drop_capabilities()) || (!wish->new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
		return -1;
	return setenv("HOME", user->home, 1) || setenv("USER", user->name, 1) || setenv("LOGNAME", user->name, 1) ||
			       setenv("SHELL", user->shell, 1)
		       ? -1
		       : 0;
}

/* What the child tells when it cannot start the command. */
struct failure {
	int status; /* CHILD_FAILED and the like */
	int errnum;
};

static _Noreturn void be_child(const struct child_wish *wish, int pipe_fd)
{
	struct failure failure = {.status = CHILD_FAILED};
	ssize_t written;

	close_others(wish, pipe_fd);
	if (!become(wish)) {
		sigaction(SIGPIPE, &inherited.pipe, NULL);
		sigaction(SIGCHLD, &inherited.child, NULL);
		sigprocmask(SIG_SETMASK, &inherited.before, NULL);
		execvp(wish->argv[0], wish->argv);
		failure.status = errno == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_RUN;
	}
	failure.errnum = errno;
	written = write(pipe_fd, &failure, sizeof(failure));
	_exit(written == sizeof(failure) ? failure.status : CHILD_FAILED);
}

/* As fork(2). The raw call, since the C library has none for it; this process has one thread. */
static pid_t fork_into(int cgroup_fd)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (__u64)(unsigned int)cgroup_fd};

	fflush(NULL);
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

pid_t child_start(const struct child_wish *wish, int cgroup_fd, int *status, struct error *err)
{
	struct failure failure;
	int pipe_fds[2];
	ssize_t got;
	pid_t child;

	*status = CHILD_FAILED;
	if (pipe2(pipe_fds, O_CLOEXEC))
		return error_errno(err, errno, "cannot start the command");
	child = fork_into(cgroup_fd);
	if (!child)
		be_child(wish, pipe_fds[1]);
	close(pipe_fds[1]);
	if (child < 0) {
		error_errno(err, errno, "cannot start the command in its cgroup");
		close(pipe_fds[0]);
		return -1;
	}
	do {
		got = read(pipe_fds[0], &failure, sizeof(failure));
	} while (got < 0 && errno == EINTR);
	close(pipe_fds[0]);
	if (got != sizeof(failure))
		return child; /* exec closed the pipe */
	waitpid(child, NULL, 0);
	*status = failure.status;
	if (failure.status == CHILD_FAILED)
		return error_errno(err, failure.errnum, "cannot become %.64s", wish->user->name);
	/* Not error_errno(), whose advice is about lsmctl itself. */
	return error_set(err, ERR_SYSTEM, "cannot run '%.256s': %s", wish->argv[0], strerror(failure.errnum));
}

/* True for a signal that the terminal sent: to the command as well, which is in the same process group. */
static bool is_of_terminal(const siginfo_t *info)
{
	return info->si_code > 0;
}

/* Returns true when the command is over. */
static bool look(pid_t child, int *status)
{
	int state;

	while (waitpid(child, &state, WNOHANG | WUNTRACED) == child) {
		if (WIFSTOPPED(state)) {
			/* As if the command were alone: the shell sees a job that stopped, and continues all of it. */
			raise(SIGSTOP);
			continue;
		}
		*status = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
		return true;
	}
	return false;
}

int child_wait(pid_t child, void (*tick)(void *arg), void *arg)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	const sigset_t set = awaited();
	int status = CHILD_FAILED;

	while (!look(child, &status)) {
		siginfo_t info;
		int signal = tick ? sigtimedwait(&set, &info, &pause) : sigwaitinfo(&set, &info);

		if (tick)
			tick(arg);
		if (signal <= 0 || signal == SIGCHLD || signal == SIGTTIN || signal == SIGTTOU ||
		    is_of_terminal(&info) || info.si_pid == child)
			continue;
		kill(child, signal);
	}
	return status;
}
