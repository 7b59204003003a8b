// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fast path: parses the common forms of an address in one pass over its bytes. Avoids branches that the processor
 * cannot predict, such as on the number of digits.
 */
#include <endian.h>
#include <string.h>
#include "bpf/ip.h"
#include "bpf/ruled_id.h"
#include "prefix.h"
#include "prefix_scan.h"

/* Parses a number of one to three digits; may read up to end. NULL: no number, above max, or leading zeros. */
static inline const char *decimal(const char *at, const char *end, unsigned int max, unsigned int *value)
{
	static const unsigned char least[] = {0, 0, 10,
					      100}; /* the smallest number with so many digits: rejects leading zeros */
	unsigned int digits, others, n, sum;

	if (end - at >= 4) {
		/* Reads four bytes at once, the first one lowest: digits become 0 to 9, other bytes become larger. */
		memcpy(&digits, at, sizeof(digits));
		digits = le32toh(digits) ^ 0x30303030;
		others = (((digits & 0x7f7f7f7f) + 0x76767676) | digits) & 0x80808080;
		n = others ? (unsigned int)__builtin_ctz(others) / 8 : 4;
		if (!n || n > 3)
			return NULL;
		/* Moves the units into the highest byte, and fills in zeros below. */
		digits <<= 8 * (4 - n);
	} else {
		digits = 0;
		for (n = 0; n < end - at && (unsigned char)(at[n] - '0') <= 9; n++)
			digits = digits >> 8 | (unsigned int)(at[n] - '0') << 24;
		if (!n)
			return NULL;
	}
	sum = (digits >> 8 & 0xff) * 100 + (digits >> 16 & 0xff) * 10 + (digits >> 24);
	if (sum > max || sum < least[n])
		return NULL;
	*value = sum;
	return at + n;
}

/* Parses the optional length after an address. */
static inline const char *length(const char *at, const char *end, unsigned int max, unsigned int *len)
{
	*len = max;
	return at < end && *at == '/' ? decimal(at + 1, end, max, len) : at;
}

static const char *scan_v4(const char *at, const char *end, struct prefix *out)
{
	unsigned int part, len;
	__u32 address = 0;

	for (int i = 0; i < 4; i++) {
		if (i && (at == end || *at++ != '.'))
			return NULL;
		at = decimal(at, end, 255, &part);
		if (!at)
			return NULL;
		address = address << 8 | part;
	}
	at = length(at, end, 32, &len);
	/* A prefix with only zero bits is valid. The address 0.0.0.0 is no destination. */
	if (!at || ((__u64)address << len & 0xffffffff) || (len == 32 && !address))
		return NULL;
	*out = (struct prefix){.ip = {.w = {0, 0, MAPPED_PREFIX, be32(address)}}, .len = (__u8)(96 + len)};
	return at;
}

/* The value of a digit plus one; 0: not a digit. */
static const unsigned char hex[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,	['6'] = 7,  ['7'] = 8,
	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Parses one group of an IPv6 address. */
static inline const char *hexadecimal(const char *at, const char *end, unsigned int *value)
{
	const char *first = at;
	unsigned int digit, sum = 0;

	for (; at < end && (digit = hex[(unsigned char)*at]); at++)
		sum = sum << 4 | (digit - 1);
	*value = sum;
	return at == first || at - first > 4 ? NULL : at;
}

/* Parses the groups of an IPv6 address. One gap ("::") stands for one or more zero groups. */
static const char *scan_groups(const char *at, const char *end, union ip *ip)
{
	unsigned int group[8];
	size_t n = 0, gap = 8;
	bool more = true;

	if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
		gap = 0;
		at += 2;
		more = at < end && hex[(unsigned char)*at];
	}
	while (more) {
		if (n == 8 || !(at = hexadecimal(at, end, &group[n++])))
			return NULL;
		more = at < end && *at == ':';
		at += more;
		if (more && at < end && *at == ':') {
			if (gap < 8 || n == 8)
				return NULL;
			gap = n;
			at++;
			more = at < end && hex[(unsigned char)*at];
		}
	}
	if (gap < 8 ? n == 8 : n < 8)
		return NULL;
	*ip = (union ip){};
	for (size_t i = 0; i < n; i++) {
		size_t to = i < gap ? i : i + 8 - n;

		ip->b[2 * to] = (__u8)(group[i] >> 8);
		ip->b[2 * to + 1] = (__u8)group[i];
	}
	return at;
}

static const char *scan_v6(const char *at, const char *end, struct prefix *out)
{
	struct prefix found;
	unsigned int len;

	at = scan_groups(at, end, &found.ip);
	if (at)
		at = length(at, end, 128, &len);
	if (!at || ip_is_name(&found.ip) ||
	    (len == 128 && (ip_is_any6(&found.ip) || (ip_is_v4(&found.ip) && !found.ip.w[3]))))
		return NULL;
	if (len % 8 && found.ip.b[len / 8] & 0xff >> len % 8)
		return NULL;
	for (unsigned int i = (len + 7) / 8; i < 16; i++) {
		if (found.ip.b[i])
			return NULL;
	}
	found.len = (__u8)len;
	*out = found;
	return at;
}

const char *prefix_scan(const char *text, const char *end, struct prefix *out)
{
	const char *behind = scan_v4(text, end, out);

	return behind ? behind : scan_v6(text, end, out);
}

int prefix_parse_fast(const char *text, size_t len, struct prefix *out)
{
	struct prefix found;

	if (prefix_scan(text, text + len, &found) != text + len)
		return -1;
	*out = found;
	return 0;
}
