/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a DNS message: RFC 1035, 4.1. For the programs and for commands' tests; the includer has
 * dns_message(), which returns the message or NULL, and dns_found(), which gets each address of the question's name and
 * its TTL in seconds.
 *
 * An answer tells of the question's name alone: its records count in their order, each address for the end of the chain
 * of aliases up to it, and all else is passed over. Names are compared by hashes with a secret seed.
 *
 * The verifier of 5.10 sets the form. What changes in a loop is in memory, where the verifier knows nothing of it, so
 * that all turns look the same; volatile keeps clang from taking it into registers. DNS_FUNCTIONs take numbers.
 */
#ifndef LSMCTL_DNS_H
#define LSMCTL_DNS_H

#include "ip.h"
#include "name_hash.h"

#define DNS_PORT  53
#define DNS_HEAD  12
#define DNS_SLACK 512 /* bytes behind a message, so that a field at any position can be read */

#ifndef DNS_SIZE	 /* proofs look at smaller messages */
#define DNS_SIZE    4096 /* bytes of a message; longer ones are not read. A power of two */
#define DNS_RECORDS 32	 /* of an answer; further ones are not read */
#define DNS_NAME    255	 /* bytes of a name, with lengths and the final 0 */
#define DNS_JUMPS   9	 /* pointers in the longest name; shorter ones may have more */
#define DNS_LABELS  128	 /* more than the longest name has. A power of two */
#endif

#define DNS_NAME_WORDS ((DNS_NAME + 7) / 8)

#define DNS_TYPE_A     1
#define DNS_TYPE_CNAME 5
#define DNS_TYPE_AAAA  28
#define DNS_CLASS_IN   1

struct dns {
	__u8 bytes[DNS_SIZE + DNS_SLACK];
	__u64 seed;
	volatile __u32 len; /* of the message; at most DNS_SIZE */

	__u32 id;      /* of the message */
	__u32 type;    /* of the question */
	__u32 records; /* of the answer, as it says */
	__u32 truncated;
	__u64 question; /* hash of the question, letter for letter */
	__u64 name;	/* hash of its name, in small letters */

	/* Of the name that was read last. */
	volatile __u64 hash;
	volatile __u64 label[DNS_LABELS]; /* hashes, the first label's first */
	volatile __u32 labels;

	/* Of the reading. */
	__u64 wanted; /* hash of the end of the chain of aliases */
	volatile __u64 part;
	volatile __u32 at, left, next, before, jumps, size;
};

static inline struct dns *dns_message(void);
static inline void dns_found(const struct dns *dns, const union ip *ip, __u32 ttl);

/* The verifier checks these once, however often they are called. */
#ifdef __bpf__
#define DNS_FUNCTION __attribute__((noinline))
#else
#define DNS_FUNCTION static inline
#endif

/* Hides the position's range from the compiler, which would drop the mask that the verifier needs. */
static inline __u32 dns_at(__u32 at)
{
	asm("" : "+r"(at));
	return at & (DNS_SIZE - 1);
}

static inline __u32 dns_16(const __u8 *at)
{
	return (__u32)at[0] << 8 | at[1];
}

/* Returns how long to keep an address, s. RFC 2181, 8: a TTL with the highest bit set is 0. */
static inline __u32 dns_keep(__u32 ttl, __u32 least, __u32 most)
{
	if (ttl >> 31 || ttl < least)
		return least;
	return ttl < most ? ttl : most;
}

/* Reads eight bytes, wherever they begin. The compiler would read each: name servers' messages are on no boundary. */
static inline __u64 dns_64(const __u8 *at)
{
	__u64 word;

#ifdef __bpf__
	asm("%0 = *(u64 *)(%1 + 0)" : "=r"(word) : "r"(at));
#else
	__builtin_memcpy(&word, at, sizeof(word));
#endif
	return word;
}

/* Returns the first n bytes, 1 to 8, of a word as it is in memory. */
static inline __u64 dns_first(__u64 word, __u32 n)
{
	return be64(be64(word) >> (64 - 8 * n) << (64 - 8 * n));
}

/* Returns n, or 8 for greater ones; without a branch, as dns_small(). */
static inline __u32 dns_at_most_8(__u32 n)
{
	__u32 more = 8 - n;

	asm("" : "+r"(more)); /* else the compiler makes a branch of it */
	return 8 - (more & ((more >> 31) - 1));
}

/*
 * The verifier looks at each turn of a loop anew. So a name takes its first turns in dns_name(), which are enough for
 * nearly all, and others in dns_name_on(), a function of its own that the verifier checks once.
 */
#define DNS_TURNS (DNS_NAME / 2 + 1 + DNS_JUMPS) /* that the longest name takes */
#ifndef DNS_TURNS_FIRST
#define DNS_TURNS_FIRST 11
#define DNS_TURNS_MORE	14
#endif
#define DNS_GOES_ON (~0u) /* in place of a position: the name has not ended */
_Static_assert((DNS_TURNS - DNS_TURNS_FIRST) % DNS_TURNS_MORE == 0, "that many turns, and no more");

/*
 * Takes some turns of reading a name: each reads a pointer, or eight letters of a label. Returns the position behind
 * the name, 0: it is no name, or DNS_GOES_ON.
 */
static __attribute__((always_inline)) inline __u32 dns_name_part(struct dns *dns, __u32 turns)
{
	for (__u32 i = 0; i < turns; i++) {
		__u32 at = dns->at, left = dns->left, n;
		__u64 part;

		if (at >= dns->len)
			return 0;
		if (!left) {
			left = dns->bytes[dns_at(at)];
			if (left >= 0xc0) {
				__u32 to = (left & 0x3f) << 8 | dns->bytes[dns_at(at) + 1];

				if (at + 1 >= dns->len || to < DNS_HEAD || to >= dns->before)
					return 0;
				if (!dns->jumps)
					dns->next = at + 2;
				dns->at = to;
				dns->before = to;
				dns->jumps++;
				continue;
			}
			dns->size += 1 + left;
			if (!left)
				return dns->size > DNS_NAME ? 0 : dns->jumps ? dns->next : at + 1;
			if (left > 63)
				return 0; /* RFC 6891, 5: types of labels that nobody uses */
			dns->at = at + 1;
			dns->left = left;
			dns->part = dns_hash(dns->seed, left);
		}
		at = dns->at;
		left = dns->left;
		n = dns_at_most_8(left);
		part = dns_hash_word(dns->part, dns_small(dns_first(dns_64(&dns->bytes[dns_at(at)]), n)));
		dns->part = part;
		dns->label[dns->labels & (DNS_LABELS - 1)] = part; /* until the next letters of the label */
		dns->hash = dns_hash_name(dns->hash, part);
		dns->at = at + n;
		left -= n;
		dns->left = left;
		dns->labels += (left - 1) >> 31;
	}
	return DNS_GOES_ON;
}

DNS_FUNCTION __u32 dns_name_on(void)
{
	struct dns *dns = dns_message();

	return dns ? dns_name_part(dns, DNS_TURNS_MORE) : 0;
}

/*
 * Reads a name, and leaves its hash in dns->hash, and those of its labels. Returns the position behind it, or 0: it is
 * no name. A pointer must lead before all that was read so far, so no name has a circle.
 */
DNS_FUNCTION __u32 dns_name(__u32 at)
{
	struct dns *dns = dns_message();
	__u32 end;

	if (!dns)
		return 0;
	dns->hash = dns->seed;
	dns->at = at;
	dns->before = at;
	dns->left = 0;
	dns->next = 0;
	dns->jumps = 0;
	dns->size = 0;
	dns->labels = 0;
	end = dns_name_part(dns, DNS_TURNS_FIRST);
	for (__u32 i = DNS_TURNS_FIRST; end == DNS_GOES_ON && i < DNS_TURNS; i += DNS_TURNS_MORE)
		end = dns_name_on();
	return end == DNS_GOES_ON ? 0 : end;
}

/* Returns the last n bytes of a question, 0 to 7, with which a word begins. Without a branch, as dns_small(). */
static inline __u64 dns_rest(__u64 word, __u32 n)
{
	return be64(word) >> 8 >> (56 - 8 * n);
}

/* Returns the hash of a question, from its name on to its class: len bytes, at most DNS_NAME + 4. */
DNS_FUNCTION __u64 dns_question_hash(__u32 len)
{
	struct dns *dns = dns_message();
	__u64 hash, word;

	if (!dns)
		return 0;
	hash = dns->seed;
	for (__u32 i = 0; i < (DNS_NAME + 4) / 8; i++) {
		if (i * 8 + 8 > len)
			break;
		hash = dns_hash(hash, dns_64(&dns->bytes[DNS_HEAD + i * 8]));
	}
	word = dns_64(&dns->bytes[dns_at(DNS_HEAD + (len & ~7u))]); /* what follows the question is no part of it */
	return dns_hash(hash, dns_rest(word, len & 7));
}

/*
 * Returns the same hash for the words of a query from its name on, with zeroes behind them, or 0: no name ends there.
 * Follows no labels, since only a name's end is 0 in names that anybody asks for: others get a hash that no answer has.
 */
static inline __u64 dns_sent_hash(__u64 seed, const __u64 words[DNS_NAME_WORDS + 1])
{
	__u64 hash = seed;

	for (__u32 i = 0; i < DNS_NAME_WORDS; i++) {
		__u64 word = words[i], low_first = __builtin_bswap64(be64(word));
		__u64 zeroes = (low_first - EACH_BYTE) & ~low_first & 0x80 * EACH_BYTE; /* the first is one */

		if (zeroes) {
			/* So many bytes up to the first 0, then the type and the class. */
			__u32 n = ((zeroes - 1) & EACH_BYTE) * EACH_BYTE >> 56;

			n += 4;
			if (n >= 8) {
				hash = dns_hash(hash, word);
				word = words[i + 1];
				n -= 8;
			}
			return dns_hash(hash, dns_rest(word, n));
		}
		hash = dns_hash(hash, word);
	}
	return 0;
}

/*
 * Reads the head and the question: of a query, or of an answer without an error. Returns the position behind, or 0: it
 * is none. Fills in dns->id to dns->name.
 */
DNS_FUNCTION __u32 dns_question(__u32 is_answer)
{
	struct dns *dns = dns_message();
	__u32 flags, end;

	if (!dns || dns->len < DNS_HEAD)
		return 0;
	dns->id = dns_16(dns->bytes);
	flags = dns_16(dns->bytes + 2);
	/* The bit of an answer, the kind of query, and the error. */
	if ((flags & 0xf800) != (is_answer ? 0x8000 : 0) || (is_answer && flags & 0xf))
		return 0;
	if (dns_16(dns->bytes + 4) != 1)
		return 0;
	dns->truncated = flags >> 9 & 1;
	dns->records = dns_16(dns->bytes + 6);
	end = dns_name(DNS_HEAD); /* a pointer would lead into the head */
	if (!end || end + 4 > dns->len || end > DNS_HEAD + DNS_NAME)
		return 0;
	dns->name = dns->wanted = dns->hash;
	dns->type = dns_16(&dns->bytes[dns_at(end)]);
	if (dns_16(&dns->bytes[dns_at(end) + 2]) != DNS_CLASS_IN)
		return 0;
	dns->question = dns_question_hash(end + 4 - DNS_HEAD);
	return end + 4;
}

/* Tells of the address at a position of the message, of 4 or 16 bytes. */
static inline void dns_address(const struct dns *dns, __u32 at, __u32 size, __u32 ttl)
{
	const __u8 *bytes = &dns->bytes[dns_at(at)];
	union ip ip = {.w = {0, 0, MAPPED_PREFIX, 0}};

	if (size == 4)
		__builtin_memcpy(&ip.w[3], bytes, 4);
	else
		__builtin_memcpy(&ip, bytes, 16);
	dns_found(dns, &ip, ttl);
}

/* Reads one record. Returns the position behind it, or 0: it is none. */
DNS_FUNCTION __u32 dns_record(__u32 at)
{
	struct dns *dns = dns_message();
	__u32 type, size, ttl, data;
	const __u8 *head;

	if (!dns)
		return 0;
	head = &dns->bytes[dns_at(at)];
	if (dns_16(head) == (0xc000 | DNS_HEAD)) { /* the question's name, as nearly always */
		dns->hash = dns->name;
		at += 2;
	} else {
		at = dns_name(at);
	}
	if (!at)
		return 0;
	head = &dns->bytes[dns_at(at)];
	type = dns_16(head);
	ttl = dns_16(head + 4) << 16 | dns_16(head + 6);
	size = dns_16(head + 8);
	data = at + 10;
	if (data + size > dns->len)
		return 0;
	if (dns_16(head + 2) != DNS_CLASS_IN || dns->hash != dns->wanted)
		return data + size; /* of another name: no concern of who asked */
	if (type == DNS_TYPE_CNAME) {
		if (dns_name(data) != data + size)
			return 0;
		dns->wanted = dns->hash;
	} else if (type == dns->type && ((type == DNS_TYPE_A && size == 4) || (type == DNS_TYPE_AAAA && size == 16))) {
		dns_address(dns, data, size, ttl);
	}
	return data + size;
}

/* Reads the records of an answer, which start there. */
DNS_FUNCTION int dns_records(__u32 at)
{
	struct dns *dns = dns_message();

	if (!dns)
		return 0;
	for (__u32 i = 0; i < DNS_RECORDS; i++) {
		if (i >= dns->records)
			break;
		at = dns_record(at);
		if (!at)
			break;
	}
	return 0;
}

#endif
