// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls of sequences by io_uring, without a library. A process has two rings at most: one that it enters itself,
 * and one that a thread of the kernel polls. The kernel shares their memory: its words are read and written atomically.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "hunt.h"

/* Later than the headers that this is built with. include/uapi/linux/io_uring.h */
#define OP_SENDMSG_ZC 48
#define OP_BIND	      56
#define OP_LISTEN     57

#define ENTRIES		      8
#define WAIT_MS		      20 /* for a completion */
#define SQPOLL		      1	 /* which ring */
#define REGISTER_FILES	      2
#define REGISTER_FILES_UPDATE 6

enum {
	CALL_ITSELF,
	URING,
	URING_ASYNC,
	URING_POLL,
	URING_FIXED,
	URING_LINK
}; /* as words.c numbers them */

static struct ring {
	int fd; /* 0: not there yet; -1: the kernel does not give one */
	unsigned char *rings;
	struct io_uring_sqe *entries;
	struct io_uring_params params;
	bool files;
} rings[2];

static unsigned int *word(struct ring *ring, unsigned int offset)
{
	return (unsigned int *)(ring->rings + offset);
}

static void open_ring(struct ring *ring, unsigned int flags)
{
	size_t size, other;

	ring->params = (struct io_uring_params){.flags = flags, .sq_thread_idle = 50};
	ring->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring->params);
	if (ring->fd < 0) {
		ring->fd = -1;
		return;
	}
	size = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
	other = ring->params.sq_off.array + ring->params.sq_entries * sizeof(unsigned int);
	ring->rings = mmap(NULL, size > other ? size : other, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			   IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, ring->params.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
			     MAP_SHARED, ring->fd, IORING_OFF_SQES);
	if (ring->rings == MAP_FAILED || ring->entries == MAP_FAILED)
		ring->fd = -1;
}

/* A new process has none, whatever its parent had. */
void uring_forget(void)
{
	for (int i = 0; i < 2; i++) {
		if (rings[i].fd > 0)
			close(rings[i].fd);
		rings[i] = (struct ring){};
	}
}

bool uring_used(void)
{
	return rings[0].fd || rings[SQPOLL].fd;
}

static struct ring *ring_for(uint8_t mode)
{
	bool poll = mode == URING_POLL;
	struct ring *ring = &rings[poll ? SQPOLL : 0];

	if (!ring->fd)
		open_ring(ring, poll ? IORING_SETUP_SQPOLL : 0);
	return ring->fd > 0 ? ring : NULL;
}

/* Hands over n entries; the result of the last, or -ETIMEDOUT. Results that come later are dropped. */
static int submit(struct ring *ring, const struct io_uring_sqe *sqes, unsigned int n, bool poll)
{
	const struct timespec pause = {.tv_nsec = 200000};
	unsigned int tail = *word(ring, ring->params.sq_off.tail), mask = ring->params.sq_entries - 1;
	int result = -ETIMEDOUT;

	for (unsigned int i = 0; i < n; i++, tail++) {
		ring->entries[tail & mask] = sqes[i];
		ring->entries[tail & mask].user_data = i;
		word(ring, ring->params.sq_off.array)[tail & mask] = tail & mask;
	}
	__atomic_store_n(word(ring, ring->params.sq_off.tail), tail, __ATOMIC_RELEASE);
	if (!poll) {
		syscall(SYS_io_uring_enter, ring->fd, n, 0, 0, NULL, 0);
	} else if (__atomic_load_n(word(ring, ring->params.sq_off.flags), __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP) {
		syscall(SYS_io_uring_enter, ring->fd, n, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
	}
	for (int waited = 0; waited <= WAIT_MS * 5; waited++) {
		unsigned int head = *word(ring, ring->params.cq_off.head);
		bool last = false;

		while (head != __atomic_load_n(word(ring, ring->params.cq_off.tail), __ATOMIC_ACQUIRE)) {
			const struct io_uring_cqe *all = (const void *)(ring->rings + ring->params.cq_off.cqes);
			const struct io_uring_cqe *one = &all[head & (ring->params.cq_entries - 1)];

			if (one->user_data == n - 1) {
				result = one->res;
				last = true;
			}
			head++;
		}
		__atomic_store_n(word(ring, ring->params.cq_off.head), head, __ATOMIC_RELEASE);
		if (last)
			return result;
		nanosleep(&pause, NULL);
		if (!poll)
			syscall(SYS_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
	}
	return result;
}

static void fix_file(struct ring *ring, struct io_uring_sqe *sqe)
{
	const int none = -1, fd = sqe->fd;
	struct io_uring_files_update update = {.fds = (uint64_t)(uintptr_t)&fd};

	if (!ring->files)
		ring->files = !syscall(SYS_io_uring_register, ring->fd, REGISTER_FILES, &none, 1);
	if (syscall(SYS_io_uring_register, ring->fd, REGISTER_FILES_UPDATE, &update, 1) == 1) {
		sqe->fd = 0;
		sqe->flags |= IOSQE_FIXED_FILE;
	}
}

/* One entry, in the wanted mode. first: the entry linked before it, or after it for a connect. */
static int run(struct io_uring_sqe *sqe, uint8_t mode, const struct io_uring_sqe *other, bool before)
{
	struct ring *ring = ring_for(mode);
	struct io_uring_sqe sqes[2];
	unsigned int n = 0;
	int result;

	if (!ring)
		return -ENOSYS;
	if (mode == URING_ASYNC)
		sqe->flags |= IOSQE_ASYNC;
	if (mode == URING_FIXED)
		fix_file(ring, sqe);
	if (mode == URING_LINK && other && before) {
		sqes[n] = *other;
		sqes[n++].flags |= IOSQE_IO_HARDLINK;
	}
	sqes[n++] = *sqe;
	if (mode == URING_LINK && other && !before) {
		sqes[n - 1].flags |= IOSQE_IO_HARDLINK;
		sqes[n++] = *other;
	}
	result = submit(ring, sqes, n, mode == URING_POLL);
	if (sqe->flags & IOSQE_FIXED_FILE) {
		const int none = -1;
		struct io_uring_files_update update = {.fds = (uint64_t)(uintptr_t)&none};

		/* It would keep the socket open. */
		syscall(SYS_io_uring_register, ring->fd, REGISTER_FILES_UPDATE, &update, 1);
	}
	return result;
}

static char byte[8] = {8};

int uring_connect(int fd, const void *address, int len, uint8_t mode)
{
	struct io_uring_sqe sqe = {.opcode = IORING_OP_CONNECT, .fd = fd};
	const struct io_uring_sqe then = {
		.opcode = IORING_OP_SEND, .fd = fd, .addr = (uint64_t)(uintptr_t)byte, .len = sizeof(byte)};

	sqe.addr = (uint64_t)(uintptr_t)address;
	sqe.off = (uint64_t)len;
	return run(&sqe, mode, &then, false);
}

int uring_bind(int fd, const void *address, int len, uint8_t mode)
{
	struct io_uring_sqe sqe = {.opcode = OP_BIND, .fd = fd};

	sqe.addr = (uint64_t)(uintptr_t)address;
	sqe.addr2 = (uint64_t)len;
	return run(&sqe, mode, NULL, false);
}

int uring_listen(int fd, uint8_t mode)
{
	struct io_uring_sqe sqe = {.opcode = OP_LISTEN, .fd = fd, .len = 16};

	return run(&sqe, mode, NULL, false);
}

int uring_send(int fd, const struct msghdr *message, int flags, uint8_t mode, bool zero_copy, bool by_message)
{
	struct io_uring_sqe sqe = {.fd = fd, .msg_flags = (uint32_t)flags};
	const struct io_uring_sqe before = {.opcode = IORING_OP_SEND,
					    .fd = fd,
					    .addr = (uint64_t)(uintptr_t)byte,
					    .len = sizeof(byte),
					    .msg_flags = MSG_DONTWAIT};

	if (by_message) {
		sqe.opcode = zero_copy ? OP_SENDMSG_ZC : IORING_OP_SENDMSG;
		sqe.addr = (uint64_t)(uintptr_t)message;
		sqe.len = 1;
	} else {
		sqe.opcode = zero_copy ? IORING_OP_SEND_ZC : IORING_OP_SEND;
		sqe.addr = (uint64_t)(uintptr_t)message->msg_iov->iov_base;
		sqe.len = (uint32_t)message->msg_iov->iov_len;
		sqe.addr2 = (uint64_t)(uintptr_t)message->msg_name;
		sqe.addr_len = (uint16_t)message->msg_namelen;
	}
	return run(&sqe, mode, &before, true);
}
