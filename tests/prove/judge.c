// SPDX-License-Identifier: GPL-2.0-only
/*
 * judge_v4() and judge_v6() ask about the destination that an address stands for, and keep the strictest verdict; of
 * equals the first. What is no verdict is as strict as a block, and a block by a
 * run is stricter.
 *
 * bounds: any two addresses of a call, any answers
 * cbmc: --unwind 13
 */
#include "any.h"
#include "plain.h"
#include "bpf/decide.h"

static union ip asked[2];
static __u64 said[2];
static __u32 slots[2], n_asked;

static __u32 rule_for(const struct decision *d, const union ip *ip, __u64 *action)
{
	__u32 i = n_asked++;

	(void)d;
	assert(i < 2);
	asked[i] = *ip;
	*action = said[i] = nondet_u64();
	return slots[i] = nondet_u32();
}

static __u32 rank(__u64 action)
{
	if ((action & 3) == VERDICT_ALLOW)
		return 0;
	return (action & 3) == VERDICT_AUDIT ? 1 : action_by(action) == BY_RUN ? 3 : 2;
}

static union ip bytes(const __u8 *b)
{
	union ip ip = {.d = {0, 0}};

	for (int i = 0; i < 4; i++)
		ip.b[12 + i] = b[i];
	return ip;
}

static union ip stands_for(const union ip *ip, _Bool is_v6)
{
	static const __u8 lo4[] = {127, 0, 0, 1}, lo6[] = {0, 0, 0, 1};
	_Bool v4 = !is_v6 || plain_is_v4(ip);
	union ip to = *ip;

	if (v4) {
		to = bytes(ip->b[12] | ip->b[13] | ip->b[14] | ip->b[15] ? &ip->b[12] : lo4);
		to.b[10] = to.b[11] = 0xff;
	} else if (!(ip->d[0] | ip->d[1])) {
		to = bytes(lo6);
	}
	return to;
}

int main(void)
{
	struct decision d = {.call = nondet_u32(), .hook = nondet_u32()};
	const struct decision given = d;
	__u32 n = nondet_bool() ? 1 : 2, best = 0;
	union ip want[2];

	for (__u32 i = 0; i < n; i++) {
		const union ip ip = any_ip();
		_Bool v6 = nondet_bool();

		want[i] = stands_for(&ip, v6);
		if (v6)
			judge_v6(&d, &ip);
		else
			judge_v4(&d, ip.w[3]);
	}
	assert(n_asked == n && d.judged == n);
	for (__u32 i = 0; i < n; i++) {
		assert(asked[i].d[0] == want[i].d[0] && asked[i].d[1] == want[i].d[1]);
		if (rank(said[i]) > rank(said[best]))
			best = i;
	}
	assert(d.ip.d[0] == want[best].d[0] && d.ip.d[1] == want[best].d[1]);
	assert(d.action == said[best] && d.slot == slots[best]);
	assert(d.call == given.call && d.hook == given.hook);
	/* Corrupt tables block, and no other verdict of the call outweighs them. */
	assert(rank(FOUND_BROKEN >> 32) == 2 && severity(FOUND_BROKEN >> 32) == 2);
	return 0;
}
