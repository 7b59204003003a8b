// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <bpf/bpf.h>
#include "object.h"
#include "tell.h"

/* A packet of the form that BPF_PROG_TEST_RUN needs. */
struct packet {
	__u8 ethernet[ETH_HLEN];
	struct event event;
} __attribute__((packed));

int teller_open(struct teller *teller, const struct pins *pins, struct ruleset *rules, struct error *err)
{
	bool watched = ruleset_config(rules)->special.watching & 1u << VERDICT_BLOCK;

	teller->prog = watched ? object_pinned_program(TELL_PROG, pins, err) : -1;
	return watched && teller->prog < 0 ? -1 : 0;
}

int teller_tell(const struct teller *teller, const struct event *event, struct error *err)
{
	const struct packet packet = {.event = *event};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &packet, .data_size_in = sizeof(packet), .repeat = 1);
	int ret;

	if (!teller_is_watched(teller))
		return 0;
	ret = bpf_prog_test_run_opts(teller->prog, &opts) ? -errno : (int)opts.retval;
	return ret ? error_errno(err, ret < 0 ? -ret : EIO, "the kernel does not tell watchers") : 0;
}

void teller_close(struct teller *teller)
{
	if (teller->prog >= 0)
		close(teller->prog);
}
