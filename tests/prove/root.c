// SPDX-License-Identifier: GPL-2.0-only
/*
 * subject_root() over any bytes reads only its lines, at most SUBJECT_PROBES words of the hash and as many subjects,
 * and says REF_BROKEN when a line is missing, or when what was asked as a cgroup is none. range_at() says 0, which is
 * no range, when the line is missing or the tables have more ranges than a call asks.
 *
 * bounds: any header, any subject
 * cbmc: --unwind 9
 */
#include "any.h"

int main(void)
{
	struct generation g = {0}, ranges = {0};
	const struct header h = nondet_header();
	__u32 kind = nondet_u32(), family = nondet_u32(), list = nondet_u32();
	__u64 id = nondet_u64(), range;
	__u32 root = subject_root(&g, &h, kind, id, family);

	assert(g.lines <= 2 * SUBJECT_PROBES);
	assert(!g.broken || root == REF_BROKEN);
	if (kind == SUBJECT_EVERYONE)
		assert(root == h.root[family & 1]);
	if (kind == SUBJECT_CGROUP && !g.broken) {
		const struct subject *subject = (const struct subject *)&any_line;

		assert(g.lines == 1);
		assert(root ==
		       (subject->kind == SUBJECT_CGROUP && !subject->id ? subject->root[family & 1] : REF_BROKEN));
	}
	range = range_at(&ranges, &h, list, nondet_u32());
	assert(ranges.lines <= 1);
	assert(!range || (!ranges.broken && h.ranges[list & 1] <= ID_RANGES));
	return 0;
}
