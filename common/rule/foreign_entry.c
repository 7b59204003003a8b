// SPDX-License-Identifier: GPL-2.0-only
/* Reads one entry of a foreign list: an address, a prefix or a range. Counts bad ones by reason. */
#include <stdio.h>
#include <stdlib.h>
#include "base/invisible.h"
#include "base/num.h"
#include "foreign_entry.h"
#include "prefix_scan.h"

#define MAX_ENTRY 128 /* bytes: room for two addresses and blanks around them */

static const struct {
	const char *name, *code;
} reasons[] = {
	[FOREIGN_NO_ADDRESS] = {"no address", "no_address"},
	[FOREIGN_NAME] = {"names", "name"},
	[FOREIGN_PORT] = {"a port, or a URL", "port"},
	[FOREIGN_HOST_BITS] = {"bits behind the prefix", "host_bits"},
	[FOREIGN_INVISIBLE] = {"invisible characters", "invisible"},
	[FOREIGN_MISSING] = {"no such column", "no_column"},
	[FOREIGN_EXCEPTION] = {"exceptions", "exception"},
	[FOREIGN_BAD_LINE] = {"no text", "no_text"},
};
_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == FOREIGN_REASONS, "every reason has a name");

const char *foreign_reason_name(enum foreign_reason reason)
{
	return reasons[reason].name;
}

const char *foreign_reason_code(enum foreign_reason reason)
{
	return reasons[reason].code;
}

int foreign_bad(struct foreign *f, enum foreign_reason reason, const char *fmt, ...)
{
	char what[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	f->list->counts->read++;
	f->list->counts->bad[reason]++;
	bad_line(f->list->bad, f->list->name, f->lines.line, what);
	return 0;
}

int foreign_fail(struct foreign *f, const char *fmt, ...)
{
	char what[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return error_set(f->err, ERR_INPUT, "%s:%zu: %s", f->list->name, f->lines.line, what);
}

int foreign_ask_two(struct foreign *f)
{
	return foreign_fail(
		f,
		"two columns of addresses: say '--format range' (start and end), '--format netmask' (address and netmask), or which one is meant, '--column N'");
}

int foreign_ask_allow(struct foreign *f)
{
	return foreign_fail(
		f,
		"a line that lets an address through: only addresses are read, so take such lines out, or say which column is meant all the same, '--column N'");
}

int foreign_check_other(struct foreign *f, const struct foreign_field *field)
{
	if (foreign_is_address(field) || foreign_hides_address(field))
		return foreign_ask_two(f);
	return foreign_is_allow(field) ? foreign_ask_allow(f) : 0;
}

/* Turns "a - b" into "a-b". */
static void close_up(char *text)
{
	char *dash = strchr(text, '-'), *left = dash, *right;

	if (!dash)
		return;
	right = dash + 1;
	while (left > text && foreign_is_blank(left[-1]))
		left--;
	while (foreign_is_blank(*right))
		right++;
	*left++ = '-';
	memmove(left, right, strlen(right) + 1);
}

/* Returns whether it is an address with a port, or a URL with an address. */
static bool has_port(char *text)
{
	char *colon = strrchr(text, ':');
	struct foreign_field address;
	bool found;

	if (strstr(text, "://"))
		return true;
	if (!colon)
		return false;
	address = (struct foreign_field){text, (size_t)(colon - text)};
	if (address.len > 2 && text[0] == '[' && colon[-1] == ']')
		address = (struct foreign_field){text + 1, address.len - 2};
	found = foreign_is_address(&address);
	return found && colon[1 + strspn(colon + 1, "0123456789")] == '\0';
}

static bool has_host_bits(const char *text, const struct foreign_field *field)
{
	const char *slash = strchr(text, '/');
	uint64_t len;

	return slash && foreign_is_address(field) && !num_parse(slash + 1, strchr(text, ':') ? 128 : 32, &len);
}

/* Falls back to the message of prefixes_parse(), where no better reason is known. */
static int refuse(struct foreign *f, char *text, const struct error *why)
{
	const struct foreign_field field = {text, strlen(text)};

	if (has_port(text))
		return foreign_bad(f, FOREIGN_PORT,
				   "more than an address, near '%.64s': ports and URLs are not read from lists", text);
	if (foreign_is_masked(&field))
		return foreign_bad(f, FOREIGN_NO_ADDRESS, "a netmask, near '%.64s': '--format netmask' reads it", text);
	if (foreign_is_name(&field))
		return foreign_bad(f, FOREIGN_NAME, "a name, near '%.64s': rules are for addresses", text);
	if (has_host_bits(text, &field))
		return foreign_bad(f, FOREIGN_HOST_BITS, "%s", why->text);
	if (!foreign_is_address(&field))
		return foreign_bad(f, FOREIGN_NO_ADDRESS, "no address, near '%.64s'", text);
	return foreign_bad(f, FOREIGN_NO_ADDRESS, "%s", why->text);
}

static int give(struct foreign *f, const struct prefix *prefixes, size_t n, uint64_t timeout)
{
	f->list->counts->read++;
	for (size_t i = 0; i < n; i++) {
		if (f->list->entry(f->list->arg, &prefixes[i], timeout, f->err))
			return -1;
	}
	return 0;
}

int foreign_entry(struct foreign *f, const char *text, size_t len, uint64_t timeout)
{
	struct prefixes list = {};
	struct invisible invisible;
	struct prefix prefix;
	char copy[MAX_ENTRY];
	int ret;

	if (!prefix_parse_fast(text, len, &prefix))
		return give(f, &prefix, 1, timeout);
	f->scratch.code = ERR_NONE;
	if (text_invisible(text, len < MAX_ENTRY ? len : MAX_ENTRY, &invisible)) {
		invisible_error(text, len < MAX_ENTRY ? len : MAX_ENTRY, &invisible, &f->scratch);
		return foreign_bad(f, FOREIGN_INVISIBLE, "%s", f->scratch.text);
	}
	if (!len)
		return foreign_bad(f, FOREIGN_NO_ADDRESS, "nothing stands where an address should");
	if (len >= sizeof(copy) || memchr(text, '\0', len))
		return foreign_bad(f, FOREIGN_NO_ADDRESS, "no address, near '%.*s'", (int)(len < 64 ? len : 64), text);
	memcpy(copy, text, len);
	copy[len] = '\0';
	close_up(copy);
	/* Foreign lists have no words such as "any", and a comma would hide a second entry. */
	if (!foreign_is_address(&(struct foreign_field){copy, strlen(copy)}) ||
	    prefixes_parse(&list, copy, &f->scratch))
		ret = refuse(f, copy, &f->scratch);
	else
		ret = give(f, list.at, list.n, timeout);
	prefixes_free(&list);
	return ret;
}
