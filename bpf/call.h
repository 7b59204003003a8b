/* SPDX-License-Identifier: GPL-2.0-only */
/* A call in the form that the programs pass around. Plain C, like walk.h. */
#ifndef LSMCTL_CALL_H
#define LSMCTL_CALL_H

#include "abi.h"

/*
 * A call to match against rules. Everything but the address is one word, so that a call takes three arguments of a BPF
 * function.
 */
struct query {
	union ip ip;
	__u32 call;   /* see call_make() */
	__u64 socket; /* its, in whose network namespace names count; of a question, the namespace: see struct named */
};

#define CALL_PROTO_SHIFT      17
#define CALL_RAW_SHIFT	      26
#define CALL_GENERATION_SHIFT 27

/* Set by a question about a call, which changes nothing. */
#define CALL_ASKS (1u << 28)

/* The caller has asked the filters: some rule may match. */
#define CALL_NEAR (1u << 29)

static inline __u32 call_asks(__u32 call)
{
	return call & CALL_ASKS;
}

/* port: or NO_PORT. raw: 1 when the socket is PROTO_RAW too, else 0. Keeps only the lowest bit of the generation. */
static inline __u32 call_make(__u32 port, __u32 proto, __u32 raw, __u32 generation)
{
	return port | proto << CALL_PROTO_SHIFT | raw << CALL_RAW_SHIFT | (generation & 1) << CALL_GENERATION_SHIFT;
}

static inline __u32 call_port(__u32 call)
{
	return call & 0x1ffff;
}

static inline __u32 call_proto(__u32 call)
{
	return call >> CALL_PROTO_SHIFT & 0x1ff;
}

static inline __u32 call_raw(__u32 call)
{
	return call >> CALL_RAW_SHIFT & 1;
}

static inline __u32 call_generation(__u32 call)
{
	return call >> CALL_GENERATION_SHIFT & 1;
}

#endif
