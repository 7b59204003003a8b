// SPDX-License-Identifier: GPL-2.0-only
/* Carries out sequences: each operation is one call, and what it returns decides nothing. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "hunt.h"

#define PAUSE_NS 250000000
#define PARKED	 192
#define ALARM_US 50000
#define WAIT_US	 6000 /* the longest that a call blocks */

/* A sequence's sockets. A racing thread reads and replaces them too; whichever it gets is a socket of the sequence's.
 */
static struct slot {
	atomic_int fd;
	uint8_t proto; /* a choice; of the family and type it depends what one sends */
	uint8_t family;
} slots[SLOTS];

/* The sockets of sequences that end with a pause: one pause at the end is for all of them. */
static int parked[PARKED];
static unsigned int parked_count;
static bool parks;

static int unix_pair[2] = {-1, -1};

/* The helper thread of races. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const struct op *op; /* what to do over and over; NULL: wait */
	bool idle;
	bool there;
	atomic_bool stop;
} helper = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

int address_of(const struct op *op, enum kind kind, unsigned char *to)
{
	const struct host *host = host_of(op->arg[kind]);
	long len = choice_value(LEN, op->arg[LEN]), port = choice_value(PORT, op->arg[PORT]);
	uint16_t family = host ? (uint16_t)host->family : AF_UNSPEC;
	int own = family == AF_INET6 ? 28 : 16;

	memset(to, 0, 128);
	if (!host && op->code != CONNECT)
		return -1;
	to[2] = (unsigned char)(port >> 8);
	to[3] = (unsigned char)port;
	if (family == AF_INET6) {
		memcpy(to + 4, &(uint32_t){htonl(FLOW_LABEL)}, 4);
		memcpy(to + 8, host->ip, 16);
		to[28] = 7; /* an L2TP socket's connection */
	} else if (family == AF_INET) {
		memcpy(to + 4, host->ip, 4);
		to[8] = 7;
	}
	if (op->arg[FORM])
		family = (uint16_t)choice_value(FORM, op->arg[FORM]);
	if (family == 33) { /* struct sockaddr_rxrpc: an address within */
		memmove(to + 8, to, 32);
		memcpy(to + 8, &(uint16_t){(uint16_t)host_of(op->arg[kind])->family}, 2);
		to[2] = 1;
		to[3] = 0;
		to[4] = SOCK_DGRAM;
		to[6] = (unsigned char)own;
		own = 36;
	} else if (family == AF_PACKET) { /* struct sockaddr_ll: by the veth pair, to whom it concerns */
		memset(to, 0, 128);
		to[2] = 8;
		memcpy(to + 4, &(int){link_index(3)}, sizeof(int));
		to[11] = 6;
		memset(to + 12, 0xff, 6);
		own = 20;
	}
	memcpy(to, &family, sizeof(family));
	return len < 0 ? own : (int)len;
}

static void set_timeouts(int fd)
{
	const struct timeval most = {.tv_usec = WAIT_US};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
}

static void put_in_slot(uint8_t number, int fd)
{
	int before = atomic_exchange(&slots[number].fd, fd);

	if (before >= 0)
		close(before);
}

static int play_socket(const struct op *op)
{
	int wait = op->arg[WAIT] ? 0 : SOCK_NONBLOCK;
	int fd = socket((int)choice_value(FAMILY, op->arg[FAMILY]),
			(int)choice_value(TYPE, op->arg[TYPE]) | SOCK_CLOEXEC | wait,
			(int)choice_value(PROTO, op->arg[PROTO]));

	if (fd < 0)
		return -errno;
	if (!wait)
		set_timeouts(fd);
	slots[op->arg[SLOT]].proto = op->arg[PROTO];
	slots[op->arg[SLOT]].family = op->arg[FAMILY];
	put_in_slot(op->arg[SLOT], fd);
	return 0;
}

static int play_connect(const struct op *op)
{
	unsigned char name[128];
	int len = address_of(op, HOST, name), fd = slots[op->arg[SLOT]].fd;

	if (op->arg[MODE])
		return uring_connect(fd, name, len, op->arg[MODE]);
	return connect(fd, (struct sockaddr *)name, (socklen_t)len) ? -errno : 0;
}

static int play_bind(const struct op *op)
{
	unsigned char name[128];
	int len = address_of(op, HOST, name), fd = slots[op->arg[SLOT]].fd;

	if (len < 0)
		return -EINVAL;
	if (op->arg[MODE])
		return uring_bind(fd, name, len, op->arg[MODE]);
	return bind(fd, (struct sockaddr *)name, (socklen_t)len) ? -errno : 0;
}

static int take(const struct op *op, int fd)
{
	if (fd < 0)
		return -errno;
	slots[op->arg[OTHER]].proto = slots[op->arg[SLOT]].proto;
	slots[op->arg[OTHER]].family = slots[op->arg[SLOT]].family;
	put_in_slot(op->arg[OTHER], fd);
	return 0;
}

/* Through a UNIX socket and back, as another process would. */
static int play_pass(const struct op *op)
{
	char byte = 0;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec vector = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int fd = slots[op->arg[SLOT]].fd;

	if (unix_pair[0] < 0 && socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, unix_pair))
		return -errno;
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(unix_pair[0], &message, 0) < 0 || recvmsg(unix_pair[1], &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	if (message.msg_controllen < sizeof(control.head))
		return -ENODATA;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return take(op, fd);
}

/* However often the alarm goes off meanwhile. */
static void wait_for_kernel(void)
{
	struct timespec left = {.tv_nsec = PAUSE_NS};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static void play_pause(void)
{
	if (!parks) {
		wait_for_kernel();
		return;
	}
	for (uint8_t i = 0; i < SLOTS && parked_count < PARKED; i++) {
		int fd = atomic_exchange(&slots[i].fd, -1);

		if (fd >= 0)
			parked[parked_count++] = fd;
	}
}

void play_park(bool on)
{
	parks = on;
	if (on || !parked_count)
		return;
	wait_for_kernel();
	while (parked_count)
		close(parked[--parked_count]);
}

static int play_op(const struct op *op)
{
	int fd = slots[op->arg[SLOT]].fd;

	switch (op->code) {
	case SOCKET:
		return play_socket(op);
	case BIND:
		return play_bind(op);
	case CONNECT:
		return play_connect(op);
	case SEND:
		return send_play(op, fd, slots[op->arg[SLOT]].family, slots[op->arg[SLOT]].proto);
	case OPTION:
		return option_set(fd, op);
	case LISTEN:
		return op->arg[MODE] ? uring_listen(fd, op->arg[MODE]) : listen(fd, 16) ? -errno : 0;
	case ACCEPT:
		/* MPTCP's would wait however long it takes. */
		fcntl(fd, F_SETFL, O_NONBLOCK);
		return take(op, accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	case SHUTDOWN:
		return shutdown(fd, SHUT_RDWR) ? -errno : 0;
	case CLOSE:
		put_in_slot(op->arg[SLOT], -1);
		return 0;
	case DUP:
		return take(op, dup(fd));
	case PASS:
		return play_pass(op);
	case PAUSE: /* for what the kernel does on its own: SCTP's heartbeats, after a fifth of a second */
		play_pause();
		return 0;
	}
	return 0;
}

static void *help(void *unused)
{
	(void)unused;
	for (;;) {
		const struct op *op;

		pthread_mutex_lock(&helper.lock);
		helper.idle = true;
		pthread_cond_broadcast(&helper.changed);
		while (!helper.op)
			pthread_cond_wait(&helper.changed, &helper.lock);
		op = helper.op;
		helper.idle = false;
		pthread_mutex_unlock(&helper.lock);
		while (!atomic_load_explicit(&helper.stop, memory_order_relaxed))
			play_op(op);
		pthread_mutex_lock(&helper.lock);
		helper.op = NULL;
		pthread_mutex_unlock(&helper.lock);
	}
	return NULL;
}

static void help_with(const struct op *op)
{
	pthread_t thread;

	if (!helper.there && pthread_create(&thread, NULL, help, NULL))
		return;
	helper.there = true;
	pthread_mutex_lock(&helper.lock);
	while (helper.op || !helper.idle)
		pthread_cond_wait(&helper.changed, &helper.lock);
	atomic_store(&helper.stop, false);
	helper.op = op;
	pthread_cond_broadcast(&helper.changed);
	pthread_mutex_unlock(&helper.lock);
}

static void help_ends(void)
{
	pthread_mutex_lock(&helper.lock);
	atomic_store(&helper.stop, true);
	while (helper.op || !helper.idle)
		pthread_cond_wait(&helper.changed, &helper.lock);
	pthread_mutex_unlock(&helper.lock);
}

static void close_all(void)
{
	for (uint8_t i = 0; i < SLOTS; i++)
		put_in_slot(i, -1);
}

static void wake_up(int signal)
{
	(void)signal;
}

/* Calls that wait in spite of their timeout (SMC's, after falling back) are interrupted now and then. */
static void start_alarm(void)
{
	const struct itimerval often = {.it_interval.tv_usec = ALARM_US, .it_value.tv_usec = ALARM_US};
	const struct sigaction action = {.sa_handler = wake_up};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void play_from(const struct sequence *sequence, unsigned int at, int *results)
{
	for (unsigned int i = at; i < sequence->n; i++) {
		int result;

		if (sequence->op[i].code == FORK) {
			pid_t child = fork();

			if (!child) {
				start_alarm();
				uring_forget();
				helper.there = false;
				play_from(sequence, i + 1, results);
				_exit(0);
			}
			while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
				;
			return;
		}
		result = play_op(&sequence->op[i]);
		if (results)
			results[i] = result;
	}
}

/*
 * The operation after "race" is carried out by this thread, each time with all that is before it and after; the next
 * by another thread, over and over. Neither waits for the other.
 */
static void play_race(const struct sequence *sequence, unsigned int at, unsigned int rounds, int *results)
{
	struct sequence rest = {};

	memcpy(rest.op, sequence->op, at * sizeof(struct op));
	rest.op[at] = sequence->op[at + 1];
	if (sequence->n > at + 3)
		memcpy(&rest.op[at + 1], &sequence->op[at + 3], (sequence->n - at - 3) * sizeof(struct op));
	rest.n = sequence->n - 2;
	for (unsigned int i = 0; i < rest.n; i++) {
		/* A thread that forks while another one has a lock: not here. */
		if (rest.op[i].code == FORK || rest.op[i].code == RACE)
			return;
	}
	help_with(&sequence->op[at + 2]);
	for (unsigned int i = 0; i < rounds; i++) {
		play_from(&rest, 0, results);
		close_all();
	}
	help_ends();
}

void sequence_play(const struct sequence *sequence, unsigned int rounds, int *results)
{
	unsigned int race = 0;

	while (race < sequence->n && sequence->op[race].code != RACE)
		race++;
	if (race + 2 < sequence->n)
		play_race(sequence, race, rounds, results);
	else
		play_from(sequence, 0, results);
	close_all();
}

bool play_left_traces(void)
{
	return helper.there || uring_used();
}

void play_init(void)
{
	start_alarm();
	parks = false;
	parked_count = 0;
	for (int i = 0; i < SLOTS; i++)
		slots[i].fd = -1;
	helper.there = false;
	uring_forget();
}
