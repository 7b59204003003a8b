// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include "except.h"

static int compare(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

void except_ready(struct except *except)
{
	struct prefix *at = except->list.at;
	size_t kept = 0;

	if (except->list.n)
		qsort(at, except->list.n, sizeof(*at), compare);
	/* Of those with one start, the shortest comes first. */
	for (size_t i = 0; i < except->list.n; i++) {
		if (!kept || !prefix_contains(&at[kept - 1], &at[i]))
			at[kept++] = at[i];
	}
	except->list.n = kept;
}

/* Returns the first excepted prefix that sorts behind this one. */
static size_t behind(const struct except *except, const struct prefix *prefix)
{
	size_t from = 0, to = except->list.n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (prefix_compare(&except->list.at[middle], prefix) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* True when all of the prefix is excepted. at: behind() it. */
static bool is_excepted(const struct except *except, const struct prefix *prefix, size_t at)
{
	return at && prefix_contains(&except->list.at[at - 1], prefix);
}

bool except_touches(const struct except *except, const struct prefix *prefix)
{
	size_t at = behind(except, prefix);

	return is_excepted(except, prefix, at) ||
	       (at < except->list.n && prefix_contains(prefix, &except->list.at[at]));
}

struct rest {
	const struct except *except;
	bool v4; /* of the whole prefix */
	int (*each)(const struct prefix *rest, void *arg);
	void *arg;
};

static int each_rest(const struct rest *rest, const struct prefix *prefix)
{
	struct prefix half = *prefix;
	int ret;

	if (!except_touches(rest->except, prefix))
		/* What is left of IPv6 around the place of IPv4 must not become a rule for IPv4. */
		return prefix_family_v4(prefix) == rest->v4 ? rest->each(prefix, rest->arg) : 0;
	if (is_excepted(rest->except, prefix, behind(rest->except, prefix)))
		return 0;
	half.len++;
	ret = each_rest(rest, &half);
	half.ip.b[prefix->len / 8] |= (__u8)(0x80 >> prefix->len % 8);
	return ret ? ret : each_rest(rest, &half);
}

int except_rest(const struct except *except, const struct prefix *prefix,
		int (*each)(const struct prefix *rest, void *arg), void *arg)
{
	const struct rest rest = {except, prefix_family_v4(prefix), each, arg};

	return each_rest(&rest, prefix);
}
