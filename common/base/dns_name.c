// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "dns_name.h"

static char *put_byte(char *to, uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		byte |= 0x20;
	if (byte == '.' || byte == '\\')
		*to++ = '\\';
	else if (byte <= ' ' || byte >= 0x7f)
		return to + sprintf(to, "\\%03u", byte);
	*to++ = (char)byte;
	return to;
}

bool dns_name_text(const uint8_t *wire, size_t size, char text[DNS_NAME_TEXT_SIZE])
{
	const uint8_t *at = wire, *end = wire + (size < 255 ? size : 255);
	char *to = text;

	while (at < end && *at) {
		uint8_t left = *at++;

		if (left > 63 || left >= end - at)
			break;
		for (; left; left--)
			to = put_byte(to, *at++);
		*to++ = '.';
	}
	if (at < end && !*at) {
		if (to == text)
			*to++ = '.';
		else if (to > text + 1)
			to--; /* without the last dot */
		*to = '\0';
		return true;
	}
	*text = '\0';
	return false;
}

bool dns_name_matches(const char *pattern, const char *name)
{
	size_t len = strlen(pattern), of = strlen(name);

	if (len > 1 && pattern[len - 1] == '.')
		len--;
	if (len > 2 && !strncmp(pattern, "*.", 2))
		return of > len - 1 && !strncasecmp(name + of - (len - 1), pattern + 1, len - 1);
	return of == len && !strncasecmp(name, pattern, len);
}
