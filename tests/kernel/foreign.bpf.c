// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program of somebody else's on a hook of lsmctl's, compiled once for each way and hook. The kernel tests all 64 bits
 * of what a program returns, and hands the low 32 on: 1 << 32 ends the row of programs, and lets the call through.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define CANCEL (1ll << 32)

char LICENSE[] SEC("license") = "GPL";

#ifdef DO_front
SEC("fmod_ret/security_" HOOK)
#else
SEC("lsm/" HOOK)
#endif
long foreign(unsigned long long *ctx)
{
#if defined(DO_idle)
	return 0;
#elif defined(DO_sly)
	/* Of socket_connect: not what goes to 0.0.0.0, as the calls do that try the hook. */
	unsigned int address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), (void *)(ctx[1] + 4));
	return address ? CANCEL : 0;
#else
	return CANCEL;
#endif
}
