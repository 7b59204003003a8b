// SPDX-License-Identifier: GPL-2.0-only
/* Tells addresses, names and headings of foreign lists apart. */
#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>
#include "foreign_field.h"
#include "prefix_scan.h"

/* Returns whether it is an address without a length, in any spelling. */
static bool is_host(const char *text, size_t len)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr ip;

	if (!len || len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return strlen(copy) == len && (inet_pton(AF_INET, copy, &ip) == 1 || inet_pton(AF_INET6, copy, &ip) == 1);
}

bool foreign_is_address(const struct foreign_field *field)
{
	const char *end = field->text + field->len, *cut;
	struct prefix prefix;
	struct foreign_field left, right;

	if (!prefix_parse_fast(field->text, field->len, &prefix) || is_host(field->text, field->len))
		return true;
	cut = memchr(field->text, '/', field->len);
	if (cut) /* bits beyond its length make it a bad one, but still an address */
		return end - cut > 1 && end - cut <= 4 && isdigit((unsigned char)cut[1]) &&
		       is_host(field->text, (size_t)(cut - field->text));
	cut = memchr(field->text, '-', field->len);
	if (!cut)
		return false;
	left = foreign_trim(field->text, (size_t)(cut - field->text));
	right = foreign_trim(cut + 1, (size_t)(end - cut - 1));
	return is_host(left.text, left.len) && is_host(right.text, right.len);
}

bool foreign_hides_address(const struct foreign_field *field)
{
	static const char around[] = ",;(){}[]<>\"'";
	struct foreign_field inside = *field;
	const char *colon;

	while (inside.len && strchr(around, inside.text[0])) {
		inside.text++;
		inside.len--;
	}
	while (inside.len && strchr(around, inside.text[inside.len - 1]))
		inside.len--;
	/* Before a port, IPv6 stands in brackets. */
	colon = memrchr(inside.text, ':', inside.len);
	if (colon && memchr(inside.text, '.', inside.len))
		inside.len = (size_t)(colon - inside.text);
	return inside.len < field->len && foreign_is_address(&inside);
}

bool foreign_is_allow(const struct foreign_field *field)
{
	static const char *const words[] = {"allow",  "accept",	 "permit",    "pass",
					    "except", "allowed", "allowlist", "whitelist"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (field->len == strlen(words[i]) && !strncasecmp(field->text, words[i], field->len))
			return true;
	}
	return false;
}

bool foreign_is_masked(const struct foreign_field *field)
{
	const char *cut = memchr(field->text, '/', field->len);

	return cut && is_host(field->text, (size_t)(cut - field->text)) &&
	       is_host(cut + 1, (size_t)(field->text + field->len - cut - 1));
}

bool foreign_is_name(const struct foreign_field *field)
{
	size_t letters = 0, dots = 0;

	if (!field->len || field->len > 253 || foreign_is_address(field))
		return false;
	for (size_t i = 0; i < field->len; i++) {
		char c = field->text[i];

		if (!isalnum((unsigned char)c) && c != '-' && c != '_' && c != '.' && !(c == '*' && !i))
			return false;
		letters += isalpha((unsigned char)c) != 0;
		dots += c == '.';
	}
	return letters && (dots || foreign_field_is(field, "localhost"));
}

bool foreign_is_heading(const struct foreign_field *field)
{
	if (!field->len || !isalpha((unsigned char)field->text[0]))
		return false;
	for (size_t i = 0; i < field->len; i++) {
		if (!isalnum((unsigned char)field->text[i]) && !strchr(" _-()#/", field->text[i]))
			return false;
	}
	return true;
}

bool foreign_is_sink(const struct foreign_field *field)
{
	static const char *const sinks[] = {"0.0.0.0", "::", "::1", "255.255.255.255", "fe80::1%lo0"};

	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		if (foreign_field_is(field, sinks[i]))
			return true;
	}
	return field->len > 4 && !memcmp(field->text, "127.", 4) && is_host(field->text, field->len);
}
