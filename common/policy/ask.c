// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <bpf/bpf.h>
#include "host/cgroup.h"
#include "rule/exe.h"
#include "ask.h"
#include "object.h"

/* A packet of the form that BPF_PROG_TEST_RUN needs: see struct test_call. */
struct packet {
	__u8 ethernet[ETH_HLEN];
	struct test_call call;
	__u64 cgroups[CGROUP_DEPTH];
} __attribute__((packed));

__u32 ask_cgroup_ids(const char *cgroup, __u64 ids[CGROUP_DEPTH])
{
	char path[CGROUP_SIZE];
	__u32 n = 0;

	if (!cgroup[0])
		return 0;
	strcpy(path, cgroup);
	ids[n++] = ROOT_CGROUP;
	for (char *slash = path; slash && slash[1] && n < CGROUP_DEPTH; n++) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		ids[n] = cgroup_id(path);
		if (slash)
			*slash = '/';
	}
	return n;
}

int asker_open(struct asker *asker, const struct pins *pins, struct error *err)
{
	asker->prog = object_pinned_program(TEST_PROG, pins, err);
	return asker->prog < 0 ? -1 : 0;
}

int asker_ask(const struct asker *asker, const struct call *call, const __u64 cgroups[CGROUP_DEPTH], __u32 n,
	      struct test_answer *answer, struct error *err)
{
	struct packet packet = {
		.call = {.ip = call->ip,
			 .proto = call->proto,
			 .raw = call->raw || call->proto == PROTO_RAW,
			 .port = call->port,
			 .uid = call->uid,
			 .gid = call->gid,
			 .exe = call->exe[0] ? exe_id(call->exe) : call->exe_id,
			 .cgroups = n},
	};
	struct __sk_buff context = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &packet, .ctx_out = &context, .ctx_size_out = sizeof(context),
		    .repeat = 1);
	int ret;

	memcpy(packet.cgroups, cgroups, sizeof(packet.cgroups));
	opts.data_size_in = (__u32)(offsetof(struct packet, cgroups) + n * sizeof(__u64));
	ret = bpf_prog_test_run_opts(asker->prog, &opts) ? -errno : (int)opts.retval;
	if (ret)
		return error_errno(err, ret < 0 ? -ret : EIO, "the kernel does not answer");
	memcpy(answer, context.cb, sizeof(*answer));
	return 0;
}

void asker_close(struct asker *asker)
{
	close(asker->prog);
}

int probe(const struct pins *pins, const struct call *call, struct test_answer *answer, struct error *err)
{
	__u64 cgroups[CGROUP_DEPTH] = {};
	__u32 n = ask_cgroup_ids(call->cgroup, cgroups);
	struct asker asker = {.prog = -1};
	int ret;

	if (asker_open(&asker, pins, err))
		return -1;
	ret = asker_ask(&asker, call, cgroups, n, answer, err);
	asker_close(&asker);
	return ret;
}
