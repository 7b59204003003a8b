// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <bpf/bpf.h>
#include "base/time.h"
#include "bpf/lock.h"
#include "locked.h"

struct locked locked_ask(int prog)
{
	struct __sk_buff context = {};
	__u8 packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .ctx_out = &context,
		    .ctx_size_out = sizeof(context), .repeat = 1);
	struct lock_answer answer;

	if (bpf_prog_test_run_opts(prog, &opts))
		return (struct locked){};
	memcpy(&answer, context.cb, sizeof(answer));
	return (struct locked){.on = answer.state == LOCK_ON,
			       .has_key = answer.has_key,
			       .since = answer.since[0] | (uint64_t)answer.since[1] << 32,
			       .refused = answer.refused};
}

int locked_error(const struct locked *locked, struct error *err)
{
	char since[TIME_TEXT_SIZE];

	time_format(locked->since, since);
	return error_set(err, ERR_LOCKED, "locked since %s: nothing can change it %s", since,
			 locked->has_key ? "until 'lsmctl unlock --key-file FILE'" : "until this host reboots");
}
