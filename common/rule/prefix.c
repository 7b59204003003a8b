// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/ip.h"
#include "bpf/ruled_id.h"
#include "base/array.h"
#include "base/num.h"
#include "base/text.h"
#include "name.h"
#include "prefix.h"
#include "synonym.h"

#define MAX_DESTINATIONS 4096 /* in one command: a longer list belongs in a file */

/* Each word, with the prefixes it stands for. */
static const struct {
	const char *word;
	const char *prefixes[6];
} words[] = {
	{"any", {"0.0.0.0/0", "::/0"}},
	{"any4", {"0.0.0.0/0"}},
	{"any6", {"::/0"}},
	{"loopback", {"127.0.0.0/8", "::1/128"}},
	{"lan", {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}},
	{"link-local", {"169.254.0.0/16", "fe80::/10"}},
	{"multicast", {"224.0.0.0/4", "ff00::/8"}},
	{"autoconf",
	 {"255.255.255.255/32", "ff02::1:2/128", "ff02::1/128", "ff02::2/128", "ff02::1:ff00:0/104", "fe80::/10"}},
	{NAME_RESOLVERS, {NULL}}, /* they come and go */
};

#define WORDS (sizeof(words) / sizeof(words[0]))

const char *prefix_word(size_t i)
{
	return i < WORDS ? words[i].word : NULL;
}

bool prefix_family_v4(const struct prefix *prefix)
{
	return prefix_is_v4(&prefix->ip, prefix->len);
}

bool prefix_is_name(const struct prefix *prefix)
{
	return prefix->len == 128 && ip_is_name(&prefix->ip);
}

bool prefix_is_resolvers(const struct prefix *prefix)
{
	return prefix->len == 128 && ip_is_resolvers(&prefix->ip);
}

bool prefix_is_local(const struct prefix *address)
{
	return ip_is_local(&address->ip);
}

const char *prefix_name(const struct prefix *prefix)
{
	return prefix_is_name(prefix) && !prefix_is_resolvers(prefix) ? name_text(&prefix->ip) : NULL;
}

const char *prefix_exact_name(const struct prefix *prefix)
{
	const char *name = prefix_name(prefix);

	return name && !name_is_wild(name) ? name : NULL;
}

uint64_t prefix_name_id(const struct prefix *prefix)
{
	return name_id(&prefix->ip);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && !memcmp(&a->ip, &b->ip, sizeof(a->ip));
}

static union ip masked(const union ip *ip, unsigned int len)
{
	union ip out = {};

	memcpy(out.b, ip->b, len / 8);
	if (len % 8)
		out.b[len / 8] = ip->b[len / 8] & (__u8)(0xff00 >> (len % 8));
	return out;
}

bool prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
	union ip start = masked(&inner->ip, outer->len);

	return prefix_family_v4(outer) == prefix_family_v4(inner) && prefix_is_name(outer) == prefix_is_name(inner) &&
	       outer->len <= inner->len && !memcmp(&start, &outer->ip, sizeof(start));
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int diff = prefix_family_v4(b) - prefix_family_v4(a);

	if (!diff)
		diff = memcmp(&a->ip, &b->ip, sizeof(a->ip));
	return diff ? diff : a->len - b->len;
}

void prefixes_free(struct prefixes *list)
{
	free(list->at);
	*list = (struct prefixes){};
}

/* Skips a prefix that the list has already: "1.1.1.1,1.1.1.1" is one rule. */
static int append(struct prefixes *list, const union ip *ip, unsigned int len, struct error *err)
{
	struct prefix *at;
	const struct prefix prefix = {.ip = *ip, .len = (__u8)len};

	for (size_t i = 0; i < list->n; i++) {
		if (prefix_equal(&list->at[i], &prefix))
			return 0;
	}
	if (list->n == MAX_DESTINATIONS)
		return error_set(err, ERR_INPUT, "more than %d destinations in one command", MAX_DESTINATIONS);
	at = array_with_room_for_one(list->at, list->n, sizeof(*at));
	if (!at)
		return error_errno(err, ENOMEM, "cannot read the destinations");
	list->at = at;
	list->at[list->n++] = prefix;
	return 0;
}

/* Parses four decimal numbers. Explains the error for forms that inet_aton() would read as another address. */
static int parse_v4(const char *text, union ip *ip, const char **why)
{
	const char *dot;
	char part[4];
	uint64_t value;
	int n = 0;

	*ip = (union ip){.w = {0, 0, MAPPED_PREFIX, 0}};
	*why = "an IPv4 address is four decimal numbers, such as 192.0.2.1";
	for (; n < 4; n++, text = dot + 1) {
		dot = strchrnul(text, '.');
		if (dot == text || (size_t)(dot - text) >= sizeof(part))
			break;
		memcpy(part, text, (size_t)(dot - text));
		part[dot - text] = '\0';
		if (part[0] == '0' && part[1] >= '0' && part[1] <= '9') {
			*why = "leading zeros could mean octal: write the number without them";
			break;
		}
		if (num_parse(part, 255, &value))
			break;
		ip->b[12 + n] = (__u8)value;
		if (!*dot)
			return n == 3 ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static int parse_ip(const char *text, union ip *ip, bool *v4, const char **why)
{
	*v4 = !strchr(text, ':');
	if (*v4)
		return parse_v4(text, ip, why);
	*why = strchr(text, '%') ? "a zone ('%...') is not part of a rule" : "not an IPv6 address";
	if (inet_pton(AF_INET6, text, ip->b) != 1)
		return -EINVAL;
	*why = "no host has such an address: it stands for a name in the tables";
	return ip_is_name(ip) ? -EINVAL : 0;
}

static int bad(struct error *err, const char *token, const char *why)
{
	return error_set(err, ERR_INPUT, "bad destination, near '%.64s%s': %s", token, strlen(token) > 64 ? "..." : "",
			 why);
}

/* "1.2.3" is no host name, "example.com" is: selects the better message. */
static bool looks_like_name(const char *text)
{
	bool digits = strpbrk(text, "0123456789");

	return text[strspn(text, digits ? "0123456789.:/-,%abcdefABCDEFx" : ".:/-,%")] && !strpbrk(text, ":/");
}

static const char *word_of(size_t i, const void *arg)
{
	(void)arg;
	return words[i].word;
}

static int bad_word(struct error *err, const char *token)
{
	const char *nearest = synonym_of(token, SYNONYM_DESTINATION);
	char why[128];

	if (!nearest)
		nearest = text_nearest(token, WORDS, word_of, NULL);
	if (nearest) {
		snprintf(why, sizeof(why), "did you mean '%s'?", nearest);
		return bad(err, token, why);
	}
	if (name_is_meant(token))
		return bad(err, token, "only addresses are taken here, not names");
	return bad(err, token, "neither a word for addresses nor a whole name, such as www.example.com");
}

static bool is_unspecified(const union ip *ip)
{
	return ip_is_any6(ip) || (ip_is_v4(ip) && !ip->w[3]);
}

/* Suggests words instead of 0.0.0.0 and ::. No rule for them matches: the kernel turns them into the host itself. */
static int bad_any(struct error *err, const char *token)
{
	return bad(err, token, "as a destination it reaches this host: type 'loopback', or 'any' for every address");
}

/* Appends one address. For a list with reached set, replaces 0.0.0.0 and :: by what they reach. */
static int append_host(struct prefixes *list, const char *token, union ip ip, struct error *err)
{
	if (is_unspecified(&ip) && !list->reached)
		return bad_any(err, token);
	if (is_unspecified(&ip))
		ip.w[3] = ip_is_v4(&ip) ? LOOPBACK4 : be32(1);
	return append(list, &ip, 128, err);
}

static int parse_prefix(struct prefixes *list, const char *token, char *slash, struct error *err)
{
	char meant[PREFIX_TEXT_SIZE];
	struct prefix prefix;
	const char *why;
	uint64_t len;
	union ip ip;
	bool v4;

	if (slash)
		*slash = '\0';
	if (parse_ip(token, &ip, &v4, &why)) {
		if (slash)
			*slash = '/';
		return looks_like_name(token) ? bad_word(err, token) : bad(err, token, why);
	}
	if (!slash)
		return append_host(list, token, ip, err);
	*slash = '/';
	if (num_parse(slash + 1, v4 ? 32 : 128, &len))
		return bad(err, token,
			   v4 ? "the length of an IPv4 prefix is 0 to 32" : "the length of an IPv6 prefix is 0 to 128");
	prefix.len = (__u8)(len + (v4 ? 96 : 0));
	prefix.ip = masked(&ip, prefix.len);
	if (memcmp(&prefix.ip, &ip, sizeof(ip))) {
		char text[PREFIX_TEXT_SIZE + 64];

		prefix_format(&prefix, false, meant);
		snprintf(text, sizeof(text), "bits are set after the prefix length: did you mean '%s'?", meant);
		return bad(err, token, text);
	}
	return prefix.len == 128 ? append_host(list, token, ip, err) : append(list, &prefix.ip, prefix.len, err);
}

/* Adds 1 at the bit with value 2^(127 - bit), with carry. Returns the carry out of the top bit. */
static bool step(union ip *ip, unsigned int bit)
{
	unsigned int add = 0x80 >> (bit % 8);

	for (int i = (int)(bit / 8); i >= 0; i--) {
		add += ip->b[i];
		ip->b[i] = (__u8)add;
		add >>= 8;
	}
	return add;
}

/* Appends the fewest prefixes for exactly first..last: each as short as its alignment and last allow. */
static int append_range(struct prefixes *list, union ip first, const union ip *last, unsigned int shortest,
			struct error *err)
{
	for (;;) {
		const union ip behind_names = {.d = {be64((NAME_MARK + 1) << 48)}};
		unsigned int len = 128;
		union ip next;

		while (len > shortest) {
			union ip start = masked(&first, len - 1);
			union ip end = start;

			for (unsigned int bit = len - 1; bit < 128; bit++)
				end.b[bit / 8] |= (__u8)(0x80 >> (bit % 8));
			if (memcmp(&start, &first, sizeof(start)) || memcmp(&end, last, sizeof(end)) > 0)
				break;
			len--;
		}
		/* An IPv6 range across ::ffff:0:0/96 omits it: those are the IPv4 addresses. */
		if (!(shortest == 0 && prefix_is_v4(&first, len)) && append(list, &first, len, err))
			return -1;
		next = first;
		if (!len || step(&next, len - 1) || memcmp(&next, last, sizeof(next)) > 0)
			return 0;
		first = ip_is_name(&next) ? behind_names : next; /* a saved file must not say what no host has */
	}
}

static int parse_range(struct prefixes *list, char *token, char *dash, struct error *err)
{
	union ip first, last;
	bool v4, last_v4;
	const char *why;

	*dash = '\0';
	if (parse_ip(token, &first, &v4, &why)) {
		*dash = '-';
		return looks_like_name(token) ? bad_word(err, token) : bad(err, token, why);
	}
	*dash = '-';
	if (parse_ip(dash + 1, &last, &last_v4, &why))
		return bad(err, token, why);
	if (ip_is_v4(&first) != ip_is_v4(&last))
		return bad(err, token, "both ends of a range must be IPv4, or both IPv6");
	if (!memcmp(&first, &last, sizeof(first)) && is_unspecified(&first))
		return bad_any(err, token);
	if (memcmp(&first, &last, sizeof(first)) > 0)
		return bad(err, token, "a range goes from the lower address to the higher one");
	return append_range(list, first, &last, ip_is_v4(&first) ? 96 : 0, err);
}

static int parse_name(struct prefixes *list, const char *token, struct error *err)
{
	union ip ip;

	return name_parse(token, &ip, err) ? -1 : append(list, &ip, 128, err);
}

static int parse_resolvers(struct prefixes *list, const char *token, struct error *err)
{
	const union ip ip = name_ip(RESOLVERS_ID);

	if (!list->names)
		return bad(err, token, "only a rule can be for whichever name servers there are: type their addresses");
	return append(list, &ip, 128, err);
}

static int parse_one(struct prefixes *list, char *token, struct error *err)
{
	char *dash;

	for (size_t i = 0; i < WORDS; i++) {
		if (strcmp(token, words[i].word))
			continue;
		if (!words[i].prefixes[0])
			return parse_resolvers(list, token, err);
		for (size_t j = 0; j < 6 && words[i].prefixes[j]; j++) {
			char text[PREFIX_TEXT_SIZE];

			strcpy(text, words[i].prefixes[j]);
			if (parse_prefix(list, text, strchr(text, '/'), err))
				return -1;
		}
		return 0;
	}
	if (list->names && name_is_meant(token))
		return parse_name(list, token, err);
	dash = strchr(token, '-');
	if (dash && !looks_like_name(token))
		return parse_range(list, token, dash, err);
	return parse_prefix(list, token, strchr(token, '/'), err);
}

int prefixes_missing(const char *destination, struct error *err)
{
	if (!*destination)
		return error_set(err, ERR_INPUT, "a destination is missing (an address, a prefix, a range or a word)");
	return bad(err, destination, "a destination is missing at a comma (a list has no blanks)");
}

int prefixes_parse(struct prefixes *list, const char *destination, struct error *err)
{
	char *copy = strdup(destination);
	char *rest = copy, *token;
	size_t before = list->n;
	int ret = 0;

	if (!copy)
		return error_errno(err, ENOMEM, "cannot read the destinations");
	while (!ret && (token = strsep(&rest, ",")))
		ret = *token ? parse_one(list, token, err) : prefixes_missing(destination, err);
	if (ret)
		list->n = before;
	if (!list->n)
		prefixes_free(list);
	free(copy);
	return ret;
}
