// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread asks for 0.0.0.0, and another gives the socket a source, while a third holds the socket's lock: both have
 * passed their hooks when the lock is let go. race KIND ORDER ADDRESS DEVICE
 *
 *   bind     connect a TCP socket; bind it to the address
 *   device   connect a TCP socket; tie it to the device, whose address it is
 *   udpbind  connect a UDP socket, and send; bind it to the address
 *   udpjoin  the same; connect it to 198.20.0.1, for which the kernel chooses that address as the source
 *
 * ORDER is source or asking: who comes first to wait for the lock. Prints what became of the first, of the second, and
 * whether something arrived at the address: "asked 0, given 0, arrived".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PORT 4251
#define PAGE 4096

static const char *kind, *device;
static struct sockaddr_in address, any, beyond;
static int socket_fd, asked, given;
static void *page;

static void must(_Bool well, const char *what)
{
	if (well)
		return;
	perror(what);
	exit(2);
}

static void *ask(void *arg)
{
	asked = connect(socket_fd, (struct sockaddr *)&any, sizeof(any)) ? errno : 0;
	return arg;
}

static void *give(void *arg)
{
	int ret;

	if (!strcmp(kind, "device"))
		ret = setsockopt(socket_fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device));
	else if (!strcmp(kind, "udpjoin"))
		ret = connect(socket_fd, (struct sockaddr *)&beyond, sizeof(beyond));
	else
		ret = bind(socket_fd, (struct sockaddr *)&address, sizeof(address));
	given = ret ? errno : 0;
	return arg;
}

/* The kernel reads the group, from a page that is not there, with the socket locked. It is no group that can be joined.
 */
static void *hold(void *arg)
{
	setsockopt(socket_fd, IPPROTO_IP, MCAST_JOIN_GROUP, page, sizeof(struct group_req));
	return arg;
}

/* A page whose first reader waits until it is let go. */
static int missing_page(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	must(fd >= 0 && !ioctl(fd, UFFDIO_API, &api), "userfaultfd");
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(page != MAP_FAILED, "mmap");
	range.range = (struct uffdio_range){(unsigned long)page, PAGE};
	must(!ioctl(fd, UFFDIO_REGISTER, &range), "userfaultfd");
	return fd;
}

static void let_go(int fault)
{
	struct uffdio_zeropage zero = {.range = {(unsigned long)page, PAGE}};

	must(!ioctl(fault, UFFDIO_ZEROPAGE, &zero), "userfaultfd");
}

static void set_port(struct sockaddr_in *at, const char *text, unsigned short port)
{
	at->sin_family = AF_INET;
	at->sin_port = htons(port);
	must(inet_pton(AF_INET, text, &at->sin_addr) == 1, "address");
}

static int listener(int type, const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	must(fd >= 0 && !bind(fd, (const struct sockaddr *)at, sizeof(*at)), "bind");
	must(type != SOCK_STREAM || !listen(fd, 1), "listen");
	return fd;
}

static _Bool arrived(int from, int type)
{
	struct sockaddr_in peer = {};
	socklen_t len = sizeof(peer);
	char byte;

	if (type == SOCK_DGRAM)
		return send(socket_fd, "x", 1, 0) == 1 && recv(from, &byte, 1, 0) == 1;
	return !getpeername(socket_fd, (struct sockaddr *)&peer, &len) &&
	       peer.sin_addr.s_addr == address.sin_addr.s_addr;
}

int main(int argc, char *argv[])
{
	pthread_t holder, first, second;
	struct sockaddr_in target;
	_Bool source_first;
	struct uffd_msg msg;
	int type, from, fault;

	must(argc == 5, "usage: race KIND ORDER ADDRESS DEVICE");
	kind = argv[1], device = argv[4], source_first = !strcmp(argv[2], "source");
	type = !strncmp(kind, "udp", 3) ? SOCK_DGRAM : SOCK_STREAM;
	set_port(&address, argv[3], 0);
	set_port(&target, argv[3], PORT);
	set_port(&any, "0.0.0.0", PORT);
	set_port(&beyond, "198.20.0.1", 9);
	from = listener(type, type == SOCK_STREAM ? &any : &target);
	socket_fd = socket(AF_INET, type, 0);
	must(socket_fd >= 0, "socket");
	fault = missing_page();
	must(!pthread_create(&holder, NULL, hold, NULL), "thread");
	must(read(fault, &msg, sizeof(msg)) == sizeof(msg) && msg.event == UFFD_EVENT_PAGEFAULT, "fault");
	must(!pthread_create(&first, NULL, source_first ? give : ask, NULL), "thread");
	usleep(300000);
	must(!pthread_create(&second, NULL, source_first ? ask : give, NULL), "thread");
	usleep(300000);
	let_go(fault);
	pthread_join(holder, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	printf("asked %d, given %d, %s\n", asked, given, arrived(from, type) ? "arrived" : "silent");
	return 0;
}
