/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 (FIPS 180-4) of exactly 32 bytes, for both sides. The kernel offers programs no hash, and the hash must be
 * computed there: if a command hashed the key, the hash itself would be the key, and root can read it in memory.
 */
#ifndef LSMCTL_SHA256_H
#define LSMCTL_SHA256_H

#include <linux/types.h>

#ifdef __clang__
#define SHA256_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SHA256_UNROLL
#endif

static inline __attribute__((always_inline)) __u32 sha256_turn(__u32 word, int by)
{
	return word >> by | word << (32 - by);
}

/* Words are big-endian numbers of the bytes. Unrolled, since programs of 5.10 cannot index their stack. */
static inline __attribute__((always_inline)) void sha256_of_key(const __u32 key[8], __u32 digest[8])
{
	static const __u32 k[64] = {
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
		0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
		0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
		0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
		0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
		0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
	};
	__u32 w[16] = {key[0], key[1], key[2], key[3], key[4], key[5], key[6], key[7], 0x80000000, [15] = 256};
	__u32 a = 0x6a09e667, b = 0xbb67ae85, c = 0x3c6ef372, d = 0xa54ff53a;
	__u32 e = 0x510e527f, f = 0x9b05688c, g = 0x1f83d9ab, h = 0x5be0cd19;

	SHA256_UNROLL
	for (int i = 0; i < 64; i++) {
		__u32 one, two;

		if (i >= 16) {
			__u32 old = w[(i + 1) % 16], new = w[(i + 14) % 16];

			w[i % 16] += (sha256_turn(old, 7) ^ sha256_turn(old, 18) ^ old >> 3) + w[(i + 9) % 16] +
				     (sha256_turn(new, 17) ^ sha256_turn(new, 19) ^ new >> 10);
		}
		/* Keeps the compiler from computing later rounds first, which takes more stack than a program has. */
		__asm__ volatile("" : "+r"(w[i % 16]));
		one = h + (sha256_turn(e, 6) ^ sha256_turn(e, 11) ^ sha256_turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] +
		      w[i % 16];
		two = (sha256_turn(a, 2) ^ sha256_turn(a, 13) ^ sha256_turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
		h = g;
		g = f;
		f = e;
		e = d + one;
		d = c;
		c = b;
		b = a;
		a = one + two;
		__asm__ volatile("" : "+r"(a), "+r"(e));
	}
	digest[0] = a + 0x6a09e667;
	digest[1] = b + 0xbb67ae85;
	digest[2] = c + 0x3c6ef372;
	digest[3] = d + 0xa54ff53a;
	digest[4] = e + 0x510e527f;
	digest[5] = f + 0x9b05688c;
	digest[6] = g + 0x1f83d9ab;
	digest[7] = h + 0x5be0cd19;
}

#endif
