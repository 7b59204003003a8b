/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes DNS messages, and reads them by bpf/dns.h. */
#ifndef LSMCTL_UNIT_DNS_H
#define LSMCTL_UNIT_DNS_H

#include "unit.h"
#include "bpf/dns.h"

#define FOUND_MOST 64

static struct dns message;
static struct {
	union ip ip;
	__u32 ttl;
} found[FOUND_MOST];
static size_t n_found;

static struct dns *dns_message(void)
{
	return &message;
}

static void dns_found(const struct dns *dns, const union ip *ip, __u32 ttl)
{
	assert_ptr_equal(dns, &message);
	assert_true(n_found < FOUND_MOST);
	found[n_found].ip = *ip;
	found[n_found++].ttl = ttl;
}

/* A message that is being written: at most DNS_SIZE bytes. */
static size_t len;

static inline void put(const void *bytes, size_t n)
{
	assert_true(len + n <= DNS_SIZE);
	memcpy(message.bytes + len, bytes, n);
	len += n;
}

static inline void put_16(unsigned int number)
{
	const uint8_t bytes[] = {(uint8_t)(number >> 8), (uint8_t)number};

	put(bytes, 2);
}

/* "www.example": labels between dots, as they are. */
static inline void put_name(const char *name)
{
	while (*name) {
		uint8_t label = (uint8_t)strcspn(name, ".");

		put(&label, 1);
		put(name, label);
		name += label + (name[label] == '.');
	}
	put("", 1);
}

static inline void put_head(unsigned int flags, unsigned int questions, unsigned int answers)
{
	memset(&message, 0xc0, sizeof(message)); /* what is behind a message leads nowhere */
	message.seed = 0x1234567812345678;
	len = 0;
	put_16(0x4711);
	put_16(flags);
	put_16(questions);
	put_16(answers);
	put_16(0);
	put_16(0);
}

static inline void put_question(const char *name, unsigned int type)
{
	put_name(name);
	put_16(type);
	put_16(1);
}

/* What a good answer begins with: to a question for an address, with so many records to follow. */
static inline void put_answer(const char *name, unsigned int records)
{
	put_head(0x8180, 1, records);
	put_question(name, 1);
}

static inline void put_record(unsigned int type, unsigned int class, uint32_t ttl, const void *data, size_t size)
{
	put_16(type);
	put_16(class);
	put_16(ttl >> 16);
	put_16(ttl & 0xffff);
	put_16((unsigned int)size);
	put(data, size);
}

static const uint8_t address4[] = {192, 0, 2, 1}, address6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};

/* An address of the name at the pointer 12. */
static inline void put_address(uint32_t ttl)
{
	put("\xc0\x0c", 2);
	put_record(1, 1, ttl, address4, 4);
}

/* Reads what was written. Returns whether it has a question. */
static inline bool read_answer(void)
{
	__u32 records;

	message.len = (__u32)len;
	n_found = 0;
	records = dns_question(1);
	if (records && !message.truncated)
		dns_records(records);
	return records;
}

#endif
