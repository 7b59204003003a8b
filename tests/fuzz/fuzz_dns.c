// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a DNS message. Nothing outside of it is read, and addresses are learned only from an answer without an
 * error, with one question, whose addresses lie within it. A name that is kept is one that can be written.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/dns_name.h"
#include "bpf/dns.h"

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                        \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

static struct dns *message; /* of its own for each input: what is behind it is poisoned */
static size_t found;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dns *dns_message(void)
{
	return message;
}

static void dns_found(const struct dns *dns, const union ip *ip, __u32 ttl)
{
	CHECK(dns == message);
	CHECK(dns->type == (ip_is_v4(ip) ? DNS_TYPE_A : DNS_TYPE_AAAA) || dns->type == DNS_TYPE_AAAA);
	CHECK(dns_keep(ttl, 60, 3600) >= 60 && dns_keep(ttl, 60, 3600) <= 3600);
	/* The address is somewhere in the message. */
	CHECK(memmem(dns->bytes, dns->len, ip_is_v4(ip) && dns->type == DNS_TYPE_A ? &ip->b[12] : ip->b,
		     dns->type == DNS_TYPE_A ? 4 : 16));
	found++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[DNS_NAME_TEXT_SIZE];
	__u32 at;
	bool answer = size && data[0] & 1;

	if (!size || size - 1 > DNS_SIZE)
		return 0;
	data++;
	size--;
	message = calloc(1, sizeof(*message));
	CHECK(message);
	memset(message->bytes, 0xff, sizeof(message->bytes));
	memcpy(message->bytes, data, size);
	message->len = (__u32)size;
	message->seed = 0x1234567812345678;
	found = 0;
	at = dns_question(answer);
	CHECK(!at || (at >= DNS_HEAD + 5 && at <= size && dns_name_text(message->bytes + DNS_HEAD, DNS_NAME, text)));
	if (at)
		CHECK((message->bytes[2] >> 7) == answer && message->bytes[4] == 0 && message->bytes[5] == 1);
	if (at && answer)
		dns_records(at);
	CHECK(found <= DNS_RECORDS);
	free(message);
	return 0;
}
