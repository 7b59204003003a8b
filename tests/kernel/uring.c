// SPDX-License-Identifier: GPL-2.0-only
/*
 * One network operation by io_uring, without a library: uring OPERATION FD ADDRESS [DATA]
 *
 * OPERATION is connect, send, sendmsg, send_zc or fastopen; FD a socket that was inherited; ADDRESS a sockaddr in
 * hexadecimal, or nothing for the socket's peer; so is DATA. Prints the operation's result: 0 or more, or a negative
 * errno.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int die(const char *what)
{
	perror(what);
	exit(2);
}

static size_t from_hex(const char *text, unsigned char *to, size_t room)
{
	size_t n = 0;

	for (; n < room && sscanf(text + 2 * n, "%2hhx", &to[n]) == 1; n++)
		;
	return n;
}

/* One entry through a ring of its own. The kernel shares the ring's memory: its words are read and written atomically.
 */
static int submit(const struct io_uring_sqe *sqe)
{
	struct io_uring_params params = {};
	int fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	size_t size;
	unsigned char *rings;
	struct io_uring_sqe *entries;
	const struct io_uring_cqe *completions;

	if (fd < 0)
		die("io_uring_setup");
	if (!(params.features & IORING_FEAT_SINGLE_MMAP))
		die("io_uring: too old");
	size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	if (size < params.sq_off.array + params.sq_entries * sizeof(unsigned int))
		size = params.sq_off.array + params.sq_entries * sizeof(unsigned int);
	rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	entries = mmap(NULL, params.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (rings == MAP_FAILED || entries == MAP_FAILED)
		die("mmap");
	entries[0] = *sqe;
	*(unsigned int *)(rings + params.sq_off.array) = 0;
	__atomic_store_n((unsigned int *)(rings + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		die("io_uring_enter");
	if (!__atomic_load_n((unsigned int *)(rings + params.cq_off.tail), __ATOMIC_ACQUIRE))
		die("io_uring: no completion");
	completions = (const struct io_uring_cqe *)(rings + params.cq_off.cqes);
	return completions[0].res;
}

int main(int argc, char **argv)
{
	static unsigned char data[512] = "x";
	unsigned char address[sizeof(struct sockaddr_storage)] = {};
	struct iovec vector = {.iov_base = data, .iov_len = 1};
	struct msghdr message = {.msg_name = address, .msg_iov = &vector, .msg_iovlen = 1};
	struct io_uring_sqe sqe = {};
	const char *operation;
	size_t len;

	if (argc != 4 && argc != 5)
		return 2;
	if (argc == 5)
		vector.iov_len = from_hex(argv[4], data, sizeof(data));
	operation = argv[1];
	sqe.fd = atoi(argv[2]);
	len = from_hex(argv[3], address, sizeof(address));
	message.msg_namelen = (socklen_t)len;
	if (!strcmp(operation, "connect")) {
		sqe.opcode = IORING_OP_CONNECT;
		sqe.addr = (__u64)(unsigned long)address;
		sqe.off = len;
	} else if (!strcmp(operation, "sendmsg") || !strcmp(operation, "fastopen")) {
		sqe.opcode = IORING_OP_SENDMSG;
		sqe.addr = (__u64)(unsigned long)&message;
		sqe.len = 1;
		sqe.msg_flags = operation[0] == 'f' ? MSG_FASTOPEN : 0;
	} else if (!strcmp(operation, "send") || !strcmp(operation, "send_zc")) {
		sqe.opcode = operation[4] ? IORING_OP_SEND_ZC : IORING_OP_SEND;
		sqe.addr = (__u64)(unsigned long)data;
		sqe.len = (__u32)vector.iov_len;
		sqe.addr2 = len ? (__u64)(unsigned long)address : 0; /* older kernels know none */
		sqe.addr_len = (__u16)len;
	} else {
		return 2;
	}
	printf("%d\n", submit(&sqe));
	return 0;
}
