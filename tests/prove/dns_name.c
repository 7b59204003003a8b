// SPDX-License-Identifier: GPL-2.0-only
/*
 * dns_name() over any bytes reads only its message and the slack behind it, ends, and says where the name ends: behind
 * where it starts, and at most a byte of it behind the message.
 *
 * bounds: any message of 32 bytes, names of 6 bytes, 2 pointers in a name, in parts of 2 turns
 * cbmc: --unwind 9
 */
#include <assert.h>
#include <string.h>
#include "bpf/abi.h"

/* The only asm statement hides a value from the compiler. CBMC takes its result for any value. */
#define asm(...)
#define __builtin_memcpy memcpy
#define DNS_SIZE	 32
#define DNS_RECORDS	 2
#define DNS_NAME	 6
#define DNS_JUMPS	 2
#define DNS_LABELS	 8
#define DNS_TURNS_FIRST	 2
#define DNS_TURNS_MORE	 2
#include "bpf/dns.h"

_Bool nondet_bool(void);
__u32 nondet_u32(void);
struct dns nondet_dns(void);

static struct dns any;
static _Bool missing;

static struct dns *dns_message(void)
{
	return missing ? (struct dns *)0 : &any;
}

static void any_message(void)
{
	missing = nondet_bool();
	any = nondet_dns();
	__CPROVER_assume(any.len <= DNS_SIZE);
}

static void dns_found(const struct dns *dns, const union ip *ip, __u32 ttl)
{
	(void)dns, (void)ip, (void)ttl;
	assert(0);
}

int main(void)
{
	__u32 at = nondet_u32(), end;

	any_message();
	end = dns_name(at);
	assert(!missing || !end);
	assert(!end || (end > at && at < any.len && end <= any.len));
	return 0;
}
