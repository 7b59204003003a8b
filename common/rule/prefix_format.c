// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <string.h>
#include "bpf/ip.h"
#include "name.h"
#include "prefix.h"

/* Like sprintf("%u"), which would take most of the time for a long list. */
static char *put_byte(char *to, unsigned int n)
{
	if (n >= 100)
		*to++ = (char)('0' + n / 100);
	if (n >= 10)
		*to++ = (char)('0' + n / 10 % 10);
	*to++ = (char)('0' + n % 10);
	return to;
}

static size_t digits(unsigned int value)
{
	return 1u + (value > 9) + (value > 99);
}

char *prefix_format(const struct prefix *prefix, bool host_bare, char text[PREFIX_TEXT_SIZE])
{
	bool v4 = prefix_family_v4(prefix);
	char *to = text;

	if (prefix_is_name(prefix)) {
		const char *name = name_text(&prefix->ip);

		return stpcpy(to, name ? name : "(unknown name)"); /* the texts are in the tables: cannot be */
	}
	if (v4) {
		for (int i = 12; i < 16; i++) {
			to = put_byte(to, prefix->ip.b[i]);
			*to++ = '.';
		}
		to--;
	} else {
		/* Cannot fail: PREFIX_TEXT_SIZE exceeds INET6_ADDRSTRLEN plus "/128". */
		inet_ntop(AF_INET6, prefix->ip.b, text, INET6_ADDRSTRLEN);
		to += strlen(text);
	}
	if (!host_bare || prefix->len != 128) {
		*to++ = '/';
		to = put_byte(to, v4 ? prefix->len - 96u : prefix->len);
	}
	*to = '\0';
	return to;
}

size_t prefix_width(const struct prefix *prefix, bool host_bare)
{
	char text[PREFIX_TEXT_SIZE];
	size_t width = 3;

	if (!prefix_family_v4(prefix)) {
		prefix_format(prefix, host_bare, text);
		return strlen(text);
	}
	for (int i = 12; i < 16; i++)
		width += digits(prefix->ip.b[i]);
	return host_bare && prefix->len == 128 ? width : width + 1 + digits(prefix->len - 96u);
}
