/* SPDX-License-Identifier: GPL-2.0-only */
/* The trie as tests/bench/lpm makes and fills it: IPv4 only. */
#ifndef LSMCTL_BENCH_LPM_H
#define LSMCTL_BENCH_LPM_H

struct lpm_key {
	__u32 len;
	__be32 addr;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct lpm_key);
	__type(value, __u32);
} lpm4 SEC(".maps");

#endif
