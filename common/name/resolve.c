// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "bpf/ruled_id.h"
#include "base/array.h"
#include "rule/prefix.h"
#include "resolve.h"

#define LABEL 63 /* bytes, at most */

/* Not isalnum(), which depends on the locale. */
static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Some programs read "1.2.3", "127.1" and "0x7f.1" as addresses; none reads them as names. */
static bool ends_in_number(const char *text)
{
	const char *end = text + strlen(text), *last;

	end -= end > text && end[-1] == '.';
	last = end;
	while (last > text && last[-1] != '.')
		last--;
	if (last + 1 < end && last[0] == '0' && (last[1] == 'x' || last[1] == 'X'))
		return last + 2 + strspn(last + 2, "0123456789abcdefABCDEF") >= end;
	return last < end && last + strspn(last, "0123456789") >= end;
}

bool host_is_meant(const char *text)
{
	for (size_t i = 0; prefix_word(i); i++) {
		if (!strcmp(text, prefix_word(i)))
			return false;
	}
	return *text && !strpbrk(text, ":/[]%") && !ends_in_number(text);
}

static int bad(struct error *err, const char *name, const char *why)
{
	return error_set(err, ERR_INPUT, "bad name, near '%.64s%s': %s", name, strlen(name) > 64 ? "..." : "", why);
}

/* Returns what is wrong with a lower-case name without a final dot; NULL: it is valid. */
static const char *what_is_wrong(const char *name)
{
	size_t len = 0;

	for (const char *at = name;; at++) {
		if (*at && *at != '.') {
			if (*at & 0x80)
				return "type its ASCII form, which starts with 'xn--' ('idn2 NAME' prints it)";
			if (!is_name_character(*at))
				return "a host name has only letters, digits, '-' and dots";
			if (*at == '-' && (!len || !at[1] || at[1] == '.'))
				return "no part of a host name starts or ends with '-'";
			if (++len > LABEL)
				return "a part of a host name between dots has at most 63 characters";
			continue;
		}
		if (!len)
			return "a part between two dots is missing";
		if (!*at)
			return ends_in_number(name) ? "a host name does not end in a number" : NULL;
		len = 0;
	}
}

int host_parse(const char *text, char name[HOST_SIZE], struct error *err)
{
	size_t len = strlen(text);
	char found[HOST_SIZE];
	const char *wrong;

	len -= len > 1 && text[len - 1] == '.';
	if (len >= sizeof(found))
		return bad(err, text, "it is longer than 113 characters, the room in the comment of a rule");
	_Static_assert(HOST_SIZE == 114, "what the message says");
	for (size_t i = 0; i < len; i++)
		found[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
	found[len] = '\0';
	wrong = what_is_wrong(found);
	if (wrong)
		return bad(err, text, wrong);
	memcpy(name, found, len + 1);
	return 0;
}

struct host *hosts_find(const struct hosts *hosts, const char *name)
{
	for (size_t i = 0; i < hosts->n; i++) {
		if (!strcmp(hosts->at[i].name, name))
			return &hosts->at[i];
	}
	return NULL;
}

struct host *hosts_add(struct hosts *hosts, const char *name, struct error *err)
{
	struct host *host = hosts_find(hosts, name), *at;

	if (host)
		return host;
	at = array_with_room_for_one(hosts->at, hosts->n, sizeof(*at));
	if (!at) {
		error_errno(err, ENOMEM, "cannot read the names");
		return NULL;
	}
	hosts->at = at;
	host = &at[hosts->n++];
	*host = (struct host){};
	strcpy(host->name, name);
	return host;
}

void hosts_free(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->n; i++)
		free(hosts->at[i].addresses);
	free(hosts->at);
	*hosts = (struct hosts){};
}

static int compare(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

bool host_has(const struct host *host, const struct prefix *address)
{
	return host->n && bsearch(address, host->addresses, host->n, sizeof(*address), compare);
}

static int failed(const char *name, int code, struct error *err)
{
	switch (code) {
	case EAI_NONAME:
		return error_set(err, ERR_SYSTEM, "no such host: '%s' (check the spelling)", name);
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return error_set(err, ERR_SYSTEM, "'%s' has no address: the name exists, but not as a host", name);
	case EAI_AGAIN:
		return error_set(
			err, ERR_SYSTEM,
			"cannot resolve '%s': no name server answered, or it failed (/etc/resolv.conf lists the servers; with default block they need a rule: 'lsmctl allow SERVER port 53'). Try again later",
			name);
	case EAI_SYSTEM:
		return error_errno(err, errno, "cannot resolve '%s'", name);
	}
	return error_set(err, ERR_SYSTEM, "cannot resolve '%s': %s", name, gai_strerror(code));
}

/* Adds the addresses of one family, or of both (AF_UNSPEC). Returns the code of getaddrinfo(). */
static int look_up(struct host *host, int family)
{
	const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	struct prefix *addresses;
	size_t n = 0;
	int code = getaddrinfo(host->name, NULL, &hints, &found);

	if (code)
		return code;
	for (const struct addrinfo *a = found; a; a = a->ai_next)
		n++;
	addresses = reallocarray(host->addresses, host->n + n, sizeof(*addresses));
	if (addresses)
		host->addresses = addresses;
	for (const struct addrinfo *a = found; a && addresses; a = a->ai_next) {
		struct prefix *to = &addresses[host->n];

		*to = (struct prefix){.len = 128};
		if (a->ai_family == AF_INET) {
			const struct sockaddr_in *v4 = (const void *)a->ai_addr;

			to->ip = (union ip){.w = {0, 0, MAPPED_PREFIX, v4->sin_addr.s_addr}};
		} else if (a->ai_family == AF_INET6) {
			memcpy(&to->ip, &((const struct sockaddr_in6 *)(const void *)a->ai_addr)->sin6_addr,
			       sizeof(to->ip));
		} else {
			continue;
		}
		host->n++;
	}
	freeaddrinfo(found);
	return addresses ? 0 : EAI_MEMORY;
}

static bool is_this_host(const struct prefix *address)
{
	const union ip *ip = &address->ip;

	if (ip_is_v4(ip))
		return !ip->b[12] || ip->b[12] == 127;
	return !ip->d[0] && (!ip->d[1] || ip->d[1] == be64(1));
}

int host_check_open(const struct hosts *hosts, const char *name, const struct prefix *address, struct error *err)
{
	char text[PREFIX_TEXT_SIZE];

	if (hosts->local || !ip_is_local(&address->ip))
		return 0;
	prefix_format(address, true, text);
	return error_set(
		err, ERR_SYSTEM,
		"'%s' resolves to %s, a private or local address, and the rule would let programs reach it: the owner of the name chooses the address (use --local to allow this)",
		name, text);
}

/* Sorts, drops duplicates, and refuses addresses that no rule can have. */
static int check(struct host *host, bool own, struct error *err)
{
	char text[PREFIX_TEXT_SIZE];
	size_t kept = 0;

	qsort(host->addresses, host->n, sizeof(*host->addresses), compare);
	for (size_t i = 0; i < host->n; i++) {
		if (!kept || !prefix_equal(&host->addresses[kept - 1], &host->addresses[i]))
			host->addresses[kept++] = host->addresses[i];
	}
	host->n = kept;
	for (size_t i = 0; i < host->n && !own; i++) {
		if (!is_this_host(&host->addresses[i]))
			continue;
		prefix_format(&host->addresses[i], true, text);
		return error_set(
			err, ERR_SYSTEM,
			"'%s' resolves to %s, which is this host itself: /etc/hosts or a filtering name server answers so (to name this host, type 'loopback')",
			host->name, text);
	}
	return host->n ? 0 : failed(host->name, EAI_NODATA, err);
}

/*
 * getaddrinfo() succeeds when only one family gets an answer. A rule must cover both, so asks again for the missing
 * family alone: this finds its addresses, or shows that it has none.
 */
static int resolve(struct host *host, bool own, struct error *err)
{
	bool v4 = false, v6 = false;
	int code = look_up(host, AF_UNSPEC);

	for (size_t i = 0; i < host->n; i++)
		*(prefix_family_v4(&host->addresses[i]) ? &v4 : &v6) = true;
	/* For a question half of the addresses are better than none. */
	if (!code && v4 != v6 && !own)
		code = look_up(host, v4 ? AF_INET6 : AF_INET);
	if (code && !(host->n && (code == EAI_NONAME || code == EAI_NODATA || code == EAI_ADDRFAMILY)))
		return failed(host->name, code, err);
	return check(host, own, err);
}

int hosts_resolve(struct hosts *hosts, struct error *err)
{
	for (size_t i = 0; i < hosts->n; i++) {
		struct host *host = &hosts->at[i];

		if (host->addresses)
			continue;
		if (resolve(host, hosts->own, err)) {
			free(host->addresses);
			host->addresses = NULL;
			host->n = 0;
			return -1;
		}
	}
	return 0;
}
