// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "host/hooks.h"
#include "host/kernel.h"
#include "prove.h"

#define SOCKOPT_CONNECTX 110 /* SOL_SCTP; include/uapi/linux/sctp.h */

const char *proof_name(enum proof proof)
{
	static const char *const names[] = {
		[PROOF_UNTRIED] = "untried", [PROOF_HELD] = "held", [PROOF_SILENT] = "silent"};

	return names[proof];
}

uint64_t prove_secret(void)
{
	struct timespec now;
	uint64_t secret = 0;

	if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) != sizeof(secret)) {
		clock_gettime(CLOCK_REALTIME, &now);
		secret = ((uint64_t)getpid() << 48) ^ ((uint64_t)now.tv_sec << 30) ^ (uint64_t)now.tv_nsec;
	}
	return secret ? secret : 1;
}

/* Puts the mark into sin_zero, which no protocol reads. */
static struct sockaddr_in address_with(uint64_t mark)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(CANARY_PORT)};

	_Static_assert(sizeof(address.sin_zero) == sizeof(mark), "the mark fills it");
	memcpy(address.sin_zero, &mark, sizeof(mark));
	return address;
}

static int udp_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static struct proven untried(const char *why)
{
	return (struct proven){.proof = PROOF_UNTRIED, .why = why};
}

/* ret: the return value of the call, with errno set. */
static struct proven judge_call(int ret)
{
	int error = ret < 0 ? errno : 0;

	return (struct proven){.proof = error == CANARY_ERRNO ? PROOF_HELD : PROOF_SILENT, .error = error};
}

static struct proven try_connect(int fd, uint64_t canary)
{
	const struct sockaddr_in address = address_with(canary);

	return judge_call(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static struct proven try_sendmsg(int fd, uint64_t canary)
{
	const struct sockaddr_in address = address_with(canary);

	return judge_call((int)sendto(fd, "", 0, 0, (const struct sockaddr *)&address, sizeof(address)));
}

static struct proven try_setsockopt(int fd, uint64_t canary)
{
	return judge_call(setsockopt(fd, CANARY_LEVEL, (int)canary_word(canary), &fd, sizeof(fd)));
}

static struct proven try_create(int fd, uint64_t canary)
{
	int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, (int)canary_word(canary));
	struct proven proven = judge_call(made);

	(void)fd;
	if (made >= 0)
		close(made);
	return proven;
}

static struct proven try_bind(int fd, uint64_t canary)
{
	const struct sockaddr_in address = address_with(canary);

	return judge_call(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
}

/* Uses this thread's name as the mark, then restores the name. */
static struct proven try_post_create(int fd, uint64_t canary)
{
	uint64_t first = canary_name(canary);
	struct proven proven;
	char before[16], name[16] = "";
	int made;

	(void)fd;
	memcpy(name, &first, sizeof(first));
	if (prctl(PR_GET_NAME, before) || prctl(PR_SET_NAME, name))
		return untried("this process cannot name itself");
	made = socket(AF_UNIX, SOCK_RAW | SOCK_CLOEXEC, 0);
	proven = judge_call(made);
	prctl(PR_SET_NAME, before);
	if (made >= 0)
		close(made);
	return proven;
}

/* Does not load the SCTP module: without SCTP, no process can reach this hook. */
static struct proven try_sctp(int unused, uint64_t canary)
{
	const struct sockaddr_in address = address_with(canary);
	struct proven proven;
	int fd;

	(void)unused;
	if (access("/proc/net/sctp", F_OK))
		return untried("this kernel has no SCTP now");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_SCTP);
	if (fd < 0)
		return untried("cannot create an SCTP socket");
	proven = judge_call(setsockopt(fd, IPPROTO_SCTP, SOCKOPT_CONNECTX, &address, sizeof(address)));
	close(fd);
	return proven;
}

static int send_packet(int fd, uint64_t canary, uint64_t payload)
{
	const struct sockaddr_in address = address_with(canary_packet(canary));

	return sendto(fd, &payload, sizeof(payload), 0, (const struct sockaddr *)&address, sizeof(address)) < 0 ? errno
														: 0;
}

/*
 * Sends two packets that differ only in their payload. Only lsmctl's program knows the canary, and drops the one that
 * carries it.
 */
static struct proven try_egress(int fd, uint64_t canary)
{
	int error = send_packet(fd, canary, 0);

	if (error == CANARY_ERRNO)
		return untried("the rules refuse UDP to 127.0.0.1 port 9 to this process");
	if (error)
		return untried("cannot send a packet to 127.0.0.1");
	error = send_packet(fd, canary, canary);
	return (struct proven){.proof = error == EPERM ? PROOF_HELD : PROOF_SILENT, .error = error};
}

static struct proven (*const tries[HOOK_EGRESS + 1])(int fd, uint64_t canary) = {
	[HOOK_CONNECT] = try_connect, [HOOK_SENDMSG] = try_sendmsg,	    [HOOK_SETSOCKOPT] = try_setsockopt,
	[HOOK_BIND] = try_bind,	      [HOOK_POST_CREATE] = try_post_create, [HOOK_CREATE] = try_create,
	[HOOK_SCTP] = try_sctp,	      [HOOK_EGRESS] = try_egress,
};

struct proven prove(const struct config *config, size_t hook, bool strict)
{
	struct proven proven;
	int fd;

	if (!config->canary || !tries[hook])
		return untried("no trial exists");
	if (hook == HOOK_SCTP && strict)
		return untried("strict refuses SCTP sockets");
	fd = udp_socket();
	if (fd < 0)
		return untried("this process cannot create a socket");
	proven = tries[hook](fd, config->canary);
	close(fd);
	return proven;
}

int prove_called(const struct config *config, size_t hook, struct error *err)
{
	const struct proven proven = prove(config, hook, false);

	if (proven.proof == PROOF_HELD || (proven.proof == PROOF_UNTRIED && hook == HOOK_SCTP))
		return 0;
	if (config->attach == ATTACH_LSM && kernel_bpf_lsm_active() != 1)
		return kernel_explain_no_lsm(err);
	if (proven.proof == PROOF_UNTRIED)
		return error_set(err, ERR_SYSTEM, "%s is attached, but no trial was possible: %s", hook_name(hook),
				 proven.why);
	return error_set(
		err, ERR_SYSTEM,
		"%s is attached but did not see the trial call: the kernel does not call it (is kernel.ftrace_enabled 0?), or another security module (or lsmctl with another --pin-dir) refused first",
		hook_name(hook));
}
