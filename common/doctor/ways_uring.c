// SPDX-License-Identifier: GPL-2.0-only
/* Makes calls by io_uring without a library. */
#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "ways.h"

/* Since 6.0; as a number, since older headers lack it. */
#define OP_SEND_ZC 47

struct ring {
	int fd;
	struct io_uring_params params;
	unsigned char *rings;
	size_t size;
	struct io_uring_sqe *entries;
};

static int ring_open(struct ring *ring)
{
	const struct io_uring_params *p = &ring->params;
	size_t submissions;

	memset(ring, 0, sizeof(*ring));
	ring->fd = (int)syscall(SYS_io_uring_setup, 1, &ring->params);
	if (ring->fd < 0)
		return -errno;
	submissions = p->sq_off.array + p->sq_entries * sizeof(unsigned int);
	ring->size = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	ring->size = ring->size > submissions ? ring->size : submissions;
	ring->rings = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, p->sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED,
			     ring->fd, IORING_OFF_SQES);
	return ring->rings == MAP_FAILED || ring->entries == MAP_FAILED ? -ENOMEM : 0;
}

static void ring_close(const struct ring *ring)
{
	if (ring->fd < 0)
		return;
	if (ring->rings && ring->rings != MAP_FAILED)
		munmap(ring->rings, ring->size);
	if (ring->entries && ring->entries != MAP_FAILED)
		munmap(ring->entries, ring->params.sq_entries * sizeof(struct io_uring_sqe));
	close(ring->fd);
}

/* Submits one entry. The kernel shares the ring's memory: access its words atomically. */
static int ring_submit(struct ring *ring, const struct io_uring_sqe *entry)
{
	const struct io_uring_params *p = &ring->params;
	const struct io_uring_cqe *done = (const struct io_uring_cqe *)(ring->rings + p->cq_off.cqes);

	ring->entries[0] = *entry;
	*(unsigned int *)(ring->rings + p->sq_off.array) = 0;
	__atomic_store_n((unsigned int *)(ring->rings + p->sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	if (!__atomic_load_n((unsigned int *)(ring->rings + p->cq_off.tail), __ATOMIC_ACQUIRE))
		return -EINTR;
	return done[0].res;
}

static int submit(struct attempt *attempt, struct io_uring_sqe *entry)
{
	struct ring ring;
	int ret = ring_open(&ring);

	if (ret || !(ring.params.features & IORING_FEAT_SINGLE_MMAP)) {
		attempt->lacks = true; /* disabled by io_uring_disabled, or kernel too old */
		ret = ret ? ret : -ENOSYS;
	} else {
		entry->fd = attempt->fd;
		ret = ring_submit(&ring, entry);
	}
	ring_close(&ring);
	/* The kernel does not wait for the connection it has started. */
	return ret < 0 && ret != -EINPROGRESS ? ret : 0;
}

int call_uring_connect(struct attempt *attempt, const void *address, socklen_t len)
{
	struct io_uring_sqe entry = {.opcode = IORING_OP_CONNECT, .addr = (__u64)(unsigned long)address, .off = len};

	return submit(attempt, &entry);
}

static int uring_send(struct attempt *attempt, const void *address, socklen_t len, unsigned char opcode)
{
	const struct payload payload = way_payload(attempt->way);
	struct io_uring_sqe entry = {
		.opcode = opcode,
		.addr = (__u64)(unsigned long)payload.data,
		.len = (__u32)payload.len,
		.addr2 = (__u64)(unsigned long)address,
		.msg_flags = MSG_NOSIGNAL,
	};

	entry.addr_len = (__u16)len;
	return submit(attempt, &entry);
}

int call_uring_send(struct attempt *attempt, const void *address, socklen_t len)
{
	return uring_send(attempt, address, len, IORING_OP_SEND);
}

int call_uring_send_zc(struct attempt *attempt, const void *address, socklen_t len)
{
	return uring_send(attempt, address, len, OP_SEND_ZC);
}

int call_uring_sendmsg(struct attempt *attempt, const void *address, socklen_t len)
{
	const struct payload payload = way_payload(attempt->way);
	struct iovec data = {.iov_base = (void *)payload.data, .iov_len = payload.len};
	const struct msghdr msg = {.msg_name = (void *)address, .msg_namelen = len, .msg_iov = &data, .msg_iovlen = 1};
	struct io_uring_sqe entry = {
		.opcode = IORING_OP_SENDMSG,
		.addr = (__u64)(unsigned long)&msg,
		.len = 1,
		.msg_flags = (__u32)attempt->way->flags | MSG_NOSIGNAL,
	};

	return submit(attempt, &entry);
}
