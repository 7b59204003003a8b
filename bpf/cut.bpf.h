/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program by which `lsmctl cut` tells watchers what it closed: only programs can write into a watcher's ring. A
 * socket filter without an attachment, run only by BPF_PROG_TEST_RUN. Only lsmctl.bpf.c includes this.
 */
#ifndef LSMCTL_CUT_H
#define LSMCTL_CUT_H

SEC("socket")
int tell_cut(struct __sk_buff *skb)
{
	struct event event;

	if (bpf_skb_load_bytes(skb, 0, &event, sizeof(event)))
		return -EINVAL;
	event.time = bpf_ktime_get_boot_ns();
	tell_watchers(&event);
	return 0;
}

#endif
