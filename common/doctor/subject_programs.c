// SPDX-License-Identifier: GPL-2.0-only
/* Which processes are the program of a rule. */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "subjects.h"

#define NOT_STARTED 125 /* exit status of a child */
#define PATH_SIZE   128

extern char **environ;

int subject_reach(struct in_addr to)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(SUBJECT_PORT), .sin_addr = to};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return errno;
	error = connect(fd, (const struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	close(fd);
	return error;
}

int subject_exit_status(pid_t child)
{
	int status;

	while (child > 0 && waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void path_of(const struct program_place *place, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", place->dir, name);
}

/* 0 or -errno. */
static int copy_to(int to)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t sent = 1;

	if (from < 0)
		return -errno;
	while (sent > 0)
		sent = sendfile(to, from, NULL, 1 << 20);
	close(from);
	return sent < 0 ? -errno : 0;
}

static int copy(const struct program_place *place, const char *name)
{
	char path[PATH_SIZE];
	int to, ret;

	path_of(place, name, path);
	to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (to < 0)
		return -errno;
	ret = copy_to(to);
	close(to);
	return ret;
}

static int make_script(const struct program_place *place)
{
	char path[PATH_SIZE];
	FILE *file;
	int fd;

	path_of(place, "script", path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file)
		return -errno;
	fprintf(file, "#!%s __reach\n", place->program);
	return fclose(file) ? -errno : 0;
}

static int make_files(const struct program_place *place)
{
	char path[PATH_SIZE];
	int ret = copy(place, "program");

	if (!ret)
		ret = copy(place, "copy");
	if (!ret)
		ret = copy(place, "removed");
	if (!ret)
		ret = make_script(place);
	path_of(place, "link", path);
	if (!ret && symlink("program", path))
		ret = -errno;
	path_of(place, "hard", path);
	return ret || !link(place->program, path) ? ret : -errno;
}

int program_place_make(struct program_place *place, struct in_addr to)
{
	static const char *const places[] = {"/run", "/var/tmp", "/tmp"}; /* some hosts start no program from /tmp */
	int ret = -ENOENT;

	place->to = to;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && ret; i++) {
		snprintf(place->dir, sizeof(place->dir), "%s/lsmctl-selftest-XXXXXX", places[i]);
		if (!mkdtemp(place->dir)) {
			ret = -errno;
			continue;
		}
		path_of(place, "program", place->program);
		ret = make_files(place);
		if (!ret && access(place->program, X_OK))
			ret = -errno;
		if (ret)
			program_place_remove(place);
	}
	return ret;
}

void program_place_remove(const struct program_place *place)
{
	static const char *const names[] = {"program", "copy", "removed", "script", "link", "hard"};
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(place, names[i], path);
		unlink(path);
	}
	rmdir(place->dir);
}

/* Starts a file of the place, which then asks for the address. Returns only when it cannot. */
static void start(const struct program_place *place, const char *name)
{
	char path[PATH_SIZE], address[INET_ADDRSTRLEN], word[] = "__reach";
	char *const argv[] = {path, word, address, NULL};

	inet_ntop(AF_INET, &place->to, address, sizeof(address));
	path_of(place, name, path);
	/* The script's first line has the word already. */
	execve(path, strcmp(name, "script") != 0 ? argv : (char *const[]){path, address, NULL}, environ);
}

static void start_by_descriptor(const struct program_place *place, int fd)
{
	char address[INET_ADDRSTRLEN], name[] = "program", word[] = "__reach";
	char *const argv[] = {name, word, address, NULL};

	inet_ntop(AF_INET, &place->to, address, sizeof(address));
	if (fd >= 0)
		fexecve(fd, argv, environ);
}

static void from_memory(const struct program_place *place)
{
	int fd = memfd_create("program", MFD_CLOEXEC);

	if (fd >= 0 && !copy_to(fd))
		start_by_descriptor(place, fd);
}

static void deleted(const struct program_place *place)
{
	char path[PATH_SIZE];
	int fd;

	path_of(place, "removed", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* The next attempt needs one too. */
	if (fd >= 0 && !unlink(path) && !copy(place, "removed"))
		start_by_descriptor(place, fd);
}

/* The first object is this program. */
static int find_linker(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char **linker = arg, *base = NULL;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_PHDR)
			base = (const char *)info->dlpi_phdr - info->dlpi_phdr[i].p_vaddr;
	}
	for (size_t i = 0; base && i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_INTERP)
			*linker = base + info->dlpi_phdr[i].p_vaddr;
	}
	return 1;
}

static void by_linker(const struct program_place *place)
{
	char program[sizeof(place->program)], address[INET_ADDRSTRLEN], name[PATH_SIZE], word[] = "__reach";
	char *const argv[] = {name, program, word, address, NULL};

	const char *linker = NULL;

	dl_iterate_phdr(find_linker, &linker);
	if (!linker)
		return;
	snprintf(name, sizeof(name), "%s", linker);
	strcpy(program, place->program);
	inet_ntop(AF_INET, &place->to, address, sizeof(address));
	execve(name, argv, environ);
}

/* What a user without privilege can do, too. */
static void mounted_over(const struct program_place *place)
{
	char path[PATH_SIZE];

	path_of(place, "copy", path);
	if (!unshare(CLONE_NEWUSER | CLONE_NEWNS) && !mount(path, place->program, NULL, MS_BIND, NULL))
		start(place, "program");
}

static void in_mounts_of_a_user(const struct program_place *place)
{
	if (!unshare(CLONE_NEWUSER | CLONE_NEWNS))
		start(place, "program");
}

static const struct program_way {
	const char *name;
	const char *file; /* of the place, which is started; NULL: start() does it */
	void (*start)(const struct program_place *place);
	bool is_program; /* of the rule */
} ways[] = {
	{"program: started from its path", "program", NULL, true},
	{"program: by a symbolic link", "link", NULL, true},
	{"program: interpreter of a script", "script", NULL, true},
	{"program: a copy", "copy", NULL, false},
	{"program: a hard link", "hard", NULL, false},
	{"program: from memory", NULL, from_memory, false},
	{"program: deleted, by its descriptor", NULL, deleted, false},
	{"program: by the dynamic linker", NULL, by_linker, false},
	{"program: a mount over its path in a user namespace", NULL, mounted_over, false},
	{"program: its path in mounts of a user namespace", NULL, in_mounts_of_a_user, false},
};

_Static_assert(sizeof(ways) / sizeof(ways[0]) == PROGRAM_ROWS, "a row each");

static int try_one(const struct program_way *way, const struct program_place *place)
{
	pid_t parent = getpid(), child;
	int status;

	fflush(NULL);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent && way->file)
			start(place, way->file);
		else if (getppid() == parent)
			way->start(place);
		_exit(NOT_STARTED);
	}
	status = subject_exit_status(child);
	return status < NOT_STARTED ? status : -1;
}

void programs_try(const struct program_place *place, int errors[PROGRAM_ROWS])
{
	for (size_t i = 0; i < PROGRAM_ROWS; i++)
		errors[i] = try_one(&ways[i], place);
}

void programs_not_tried(const char *why, struct subject_row rows[PROGRAM_ROWS])
{
	for (size_t i = 0; i < PROGRAM_ROWS; i++) {
		rows[i] = (struct subject_row){.name = ways[i].name, .outcome = OUTCOME_LACKING};
		snprintf(rows[i].text, sizeof(rows[i].text), "not tried: %s", why);
	}
}

void programs_judge(const int control[PROGRAM_ROWS], const int blocked[PROGRAM_ROWS], const char *closed_by,
		    struct subject_row rows[PROGRAM_ROWS])
{
	bool works = blocked[0] == EPERM;

	for (size_t i = 0; i < PROGRAM_ROWS; i++) {
		struct subject_row *row = &rows[i];
		bool refused = blocked[i] == EPERM;

		*row = (struct subject_row){.name = ways[i].name, .outcome = OUTCOME_HELD};
		if (control[i] < 0 || blocked[i] < 0 || control[i] == EPERM) {
			row->outcome = OUTCOME_LACKING;
			strcpy(row->text,
			       control[i] == EPERM ? "refused without the rule too" : "it cannot be started");
		} else if (ways[i].is_program && !refused) {
			row->outcome = OUTCOME_OPEN;
			row->closed_by = closed_by;
			strcpy(row->text, "the rule is not for it");
		} else if (!ways[i].is_program && !works) {
			row->outcome = OUTCOME_LACKING;
			strcpy(row->text, "not tried: the rule is for nobody");
		} else if (!ways[i].is_program) {
			row->outcome = refused ? OUTCOME_OPEN : OUTCOME_HELD;
			strcpy(row->text, refused ? "it counts as the program" : "another program");
		}
	}
}
