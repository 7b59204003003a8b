// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded into lsmctl: kills it just before one of its system calls, or lets that call fail. Much quicker than
 * a tracer, which stops at all of the thousands of reads that a load does.
 *
 * FAULT_CALL	"bpf", "unlinkat", "unlink", "rename", or "any" for all of these
 * FAULT_AT	which of these calls, from 1; "3+" is the third and all later ones
 * FAULT_ERROR	the errno that it gets; unset: the process is killed
 * FAULT_AFTER	set: when the call has been done, not before
 * FAULT_LOG	a file that gets a line for each call: what it is, and of what
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The commands that lsmctl uses. */
static const char *const commands[] = {
	[BPF_MAP_CREATE] = "MAP_CREATE",
	[BPF_MAP_LOOKUP_ELEM] = "MAP_LOOKUP_ELEM",
	[BPF_MAP_UPDATE_ELEM] = "MAP_UPDATE_ELEM",
	[BPF_MAP_DELETE_ELEM] = "MAP_DELETE_ELEM",
	[BPF_PROG_LOAD] = "PROG_LOAD",
	[BPF_OBJ_PIN] = "OBJ_PIN",
	[BPF_OBJ_GET] = "OBJ_GET",
	[BPF_OBJ_GET_INFO_BY_FD] = "OBJ_GET_INFO_BY_FD",
	[BPF_RAW_TRACEPOINT_OPEN] = "LINK_CREATE", /* how links are made on kernels before 5.18 */
	[BPF_BTF_LOAD] = "BTF_LOAD",
	[BPF_LINK_CREATE] = "LINK_CREATE",
};

static const char *object(int command, const union bpf_attr *attr)
{
	switch (command) {
	case BPF_MAP_CREATE:
		return attr->map_name;
	case BPF_PROG_LOAD:
		return attr->prog_name;
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
		return (const char *)(unsigned long)attr->pathname;
	default:
		return "";
	}
}

static void note(const char *what, const char *of)
{
	const char *log = getenv("FAULT_LOG");
	char line[512];
	int fd, len;

	if (!log)
		return;
	len = snprintf(line, sizeof(line), "%s %s\n", what, of);
	fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, (size_t)len) != len)
		abort();
	close(fd);
}

/* Whether this is the call. */
static int is_due(const char *call)
{
	static unsigned long count; /* some calls are made by several threads at once */
	const char *wanted = getenv("FAULT_CALL"), *at = getenv("FAULT_AT");
	unsigned long from, number;
	char *end;

	if (!wanted || (strcmp(wanted, call) && strcmp(wanted, "any")) || !at)
		return 0;
	from = strtoul(at, &end, 10);
	number = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
	return number == from || (number > from && *end == '+');
}

/* Whether the call is to fail, with errno set. */
static int fails(int due)
{
	const char *error = getenv("FAULT_ERROR");

	if (!due || !error)
		return 0;
	errno = atoi(error);
	return 1;
}

static void kill_if(int due, int after)
{
	if (due && !getenv("FAULT_ERROR") && after == !!getenv("FAULT_AFTER"))
		raise(SIGKILL);
}

/* What libbpf calls for bpf(2). All arguments of all system calls are words. */
long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long a[6], ret;
	va_list args;
	int due = 0;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_bpf) {
		size_t command = (size_t)a[0];
		const char *name = command < sizeof(commands) / sizeof(commands[0]) ? commands[command] : NULL;

		note(name ? name : "OTHER", object((int)command, (const union bpf_attr *)a[1]));
		due = is_due("bpf");
		kill_if(due, 0);
		if (fails(due))
			return -1;
	}
	ret = next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	kill_if(due, 1);
	return ret;
}

int unlinkat(int dir_fd, const char *path, int flags)
{
	static int (*next)(int, const char *, int);
	int due, ret;

	if (!next)
		next = (int (*)(int, const char *, int))dlsym(RTLD_NEXT, "unlinkat");
	note("unlinkat", path);
	due = is_due("unlinkat");
	kill_if(due, 0);
	if (fails(due))
		return -1;
	ret = next(dir_fd, path, flags);
	kill_if(due, 1);
	return ret;
}

int unlink(const char *path)
{
	static int (*next)(const char *);
	int due, ret;

	if (!next)
		next = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
	note("unlink", path);
	due = is_due("unlink");
	kill_if(due, 0);
	if (fails(due))
		return -1;
	ret = next(path);
	kill_if(due, 1);
	return ret;
}

int rename(const char *from, const char *to)
{
	static int (*next)(const char *, const char *);
	int due, ret;

	if (!next)
		next = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
	note("rename", to);
	due = is_due("rename");
	kill_if(due, 0);
	if (fails(due))
		return -1;
	ret = next(from, to);
	kill_if(due, 1);
	return ret;
}
