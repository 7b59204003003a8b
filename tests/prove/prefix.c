// SPDX-License-Identifier: GPL-2.0-only
/*
 * prefix_differs() is 0 exactly when the first bits are the same, and ip_is_v4() says which addresses are IPv4's.
 *
 * bounds: any two addresses, lengths 0 to 128
 * cbmc: --unwind 129
 */
#include "any.h"
#include "plain.h"

int main(void)
{
	const union ip prefix = any_ip(), ip = any_ip();
	__u32 len = nondet_u32();

	__CPROVER_assume(len <= 128);
	assert(!prefix_differs(&prefix, len, &ip) == plain_covers(&prefix, len, &ip));
	assert(!ip_is_v4(&ip) == !plain_is_v4(&ip));
	return 0;
}
