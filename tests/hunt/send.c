// SPDX-License-Identifier: GPL-2.0-only
/* The send calls of sequences, each in every way that it can be made. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include "hunt.h"

static unsigned char payload[72000];
static int pipe_pair[2] = {-1, -1};

/* What is sent: an echo request, which ping sockets want and others do not mind; or a packet made by hand. */
static size_t fill_payload(const struct op *op, uint8_t proto)
{
	static const unsigned char forged[] = {0x45, 0,	   0,  32, 0, 0,  0,   0,   64,	 17,   0,
					       0,    10,   77, 0,  1, 10, 66,  6,   6,	 0x1e, 0x62,
					       0x1e, 0x61, 0,  12, 0, 0,  'h', 'u', 'n', 't'};
	long len = choice_value(DATA, op->arg[DATA]);

	if (len < 0) {
		memcpy(payload, forged, sizeof(forged));
		return sizeof(forged);
	}
	memset(payload, 0, 32);
	payload[0] = choice_value(PROTO, proto) == IPPROTO_ICMPV6 ? 128 : 8;
	return (size_t)len;
}

static int play_mmsg(int fd, struct msghdr *message, int sent, const struct op *op, uint8_t family)
{
	struct mmsghdr both[2] = {};
	struct op first = *op;
	unsigned char name[128];
	int count = 1;

	both[0].msg_hdr = *message;
	if (!strcmp(choice_name(CALL, op->arg[CALL]), "mmsg-same")) {
		/* The same address, and control messages only the second time. */
		both[1].msg_hdr = *message;
		both[0].msg_hdr.msg_control = NULL;
		both[0].msg_hdr.msg_controllen = 0;
		count = 2;
	} else if (!strcmp(choice_name(CALL, op->arg[CALL]), "mmsg-then")) {
		first.arg[HOST] = choice_find(HOST, family == choice_find(FAMILY, "inet6") ? "open6" : "open4");
		first.arg[FORM] = first.arg[LEN] = 0;
		both[1].msg_hdr = *message;
		both[0].msg_hdr.msg_name = name;
		both[0].msg_hdr.msg_namelen = (socklen_t)address_of(&first, HOST, name);
		both[0].msg_hdr.msg_control = NULL;
		both[0].msg_hdr.msg_controllen = 0;
		count = 2;
	}
	return sendmmsg(fd, both, (unsigned int)count, sent);
}

static int play_splice(int fd, size_t len)
{
	struct iovec from = {payload, len > 4096 ? 4096 : len};
	ssize_t n;

	if (pipe_pair[0] < 0 && pipe2(pipe_pair, O_NONBLOCK | O_CLOEXEC))
		return -1;
	n = vmsplice(pipe_pair[1], &from, 1, 0);
	if (n < 0)
		return -1;
	n = splice(pipe_pair[0], NULL, fd, NULL, (size_t)n, SPLICE_F_NONBLOCK);
	/* What is left would come first the next time. */
	if (n < 0) {
		int why = errno;

		close(pipe_pair[0]);
		close(pipe_pair[1]);
		pipe_pair[0] = pipe_pair[1] = -1;
		errno = why;
	}
	return (int)n;
}

int send_play(const struct op *op, int fd, uint8_t family, uint8_t proto)
{
	unsigned char name[128], control[1024];
	struct iovec vector = {.iov_base = payload, .iov_len = fill_payload(op, proto)};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
	int len = address_of(op, HOST, name);
	int sent = (int)choice_value(FLAGS, op->arg[FLAGS]) | MSG_NOSIGNAL;
	long by = choice_value(CALL, op->arg[CALL]);
	ssize_t n;

	if (len >= 0) {
		message.msg_name = name;
		message.msg_namelen = (socklen_t)len;
	}
	message.msg_controllen = cmsg_build(control, op);
	message.msg_control = message.msg_controllen ? control : NULL;
	if (op->arg[MODE])
		return uring_send(fd, &message, sent, op->arg[MODE], by == 7, by == 1 || message.msg_controllen);
	if (by == 2 || by == 3 || by == 4)
		n = play_mmsg(fd, &message, sent, op, family);
	else if (by == 5)
		n = write(fd, payload, vector.iov_len);
	else if (by == 6)
		n = play_splice(fd, vector.iov_len);
	else if (by == 1 || message.msg_controllen)
		n = sendmsg(fd, &message, sent);
	else
		n = sendto(fd, payload, vector.iov_len, sent, message.msg_name, message.msg_namelen);
	return n < 0 ? -errno : (int)n;
}
