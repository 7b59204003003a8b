// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <bpf/bpf.h>
#include "cgroup.h"
#include "probe.h"

/* A packet, as BPF_PROG_TEST_RUN wants one: see struct test_call. */
struct packet {
	__u8 ethernet[ETH_HLEN];
	struct test_call call;
	__u64 cgroups[CGROUP_DEPTH];
} __attribute__((packed));

/* The ids of a cgroup and of those around it. Returns how many there are, of which CGROUP_DEPTH are stored at most. */
static __u32 list_cgroups(const char *cgroup, __u64 ids[CGROUP_DEPTH])
{
	char path[CGROUP_SIZE];
	__u32 n = 0;
	char *slash;

	strcpy(path, cgroup);
	while (path[0]) {
		__u64 id = cgroup_id(path);

		if (n < CGROUP_DEPTH)
			ids[n] = id;
		n++;
		slash = strrchr(path, '/');
		if (!strcmp(path, "/") || !slash)
			break;
		slash[slash == path] = '\0'; /* the root is "/" */
	}
	return n;
}

int probe(const struct pins *pins, const struct call *call, struct test_answer *answer, struct error *err)
{
	struct packet packet = {
		.call = {.ip = call->ip, .proto = call->proto, .port = call->port, .uid = call->uid},
	};
	struct __sk_buff context = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &packet, .ctx_out = &context, .ctx_size_out = sizeof(context),
		    .repeat = 1);
	int fd = pins_get_prog(pins, TEST_PROG), ret;
	__u64 cgroups[CGROUP_DEPTH] = {};
	__u32 n = list_cgroups(call->cgroup, cgroups);

	if (fd == -ENOENT)
		return error_set(err, ERR_LAYOUT,
				 "%s lacks prog_" TEST_PROG
				 ": run 'lsmctl upgrade', or 'lsmctl unload' and 'lsmctl load'",
				 pins->path);
	if (fd < 0)
		return error_errno(err, -fd, "cannot open %s/prog_" TEST_PROG, pins->path);
	memcpy(packet.cgroups, cgroups, sizeof(cgroups));
	packet.call.raw = call->proto == PROTO_RAW;
	packet.call.cgroups = n;
	opts.data_size_in = (__u32)(offsetof(struct packet, cgroups) + (n <= CGROUP_DEPTH ? n * sizeof(__u64) : 0));
	ret = bpf_prog_test_run_opts(fd, &opts) ? -errno : (int)opts.retval;
	close(fd);
	if (ret)
		return error_errno(err, ret < 0 ? -ret : EIO, "the kernel does not answer");
	memcpy(answer, context.cb, sizeof(*answer));
	return 0;
}
