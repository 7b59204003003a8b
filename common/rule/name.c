// SPDX-License-Identifier: GPL-2.0-only
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/name_hash.h"
#include "bpf/ruled_id.h"
#include "base/array.h"
#include "base/hash.h"
#include "name.h"

#define LABEL 63  /* characters, at most */
#define NAME  253 /* the same of a name */

/* The names that this process has met. */
static struct {
	struct known_name {
		uint64_t id;
		char *text;
	} * at;
	size_t n;
	struct hash by_id;
} known;

bool name_is_wild(const char *text)
{
	return text[0] == '*' && text[1] == '.';
}

/* Depends on the text alone, since rules keep it: a change needs a new LSMCTL_LAYOUT. */
static uint64_t id_of(const char *text)
{
	const char *name = name_is_wild(text) ? text + 2 : text;
	uint64_t hash = 0x6c736d63746c; /* any */

	for (const char *at = name; *at; at++)
		hash = dns_hash(hash, (unsigned char)*at);
	hash = dns_hash(hash, strlen(name)) & NAME_HASH_MASK;
	return hash | (uint64_t)(strlen(name) & 0xff) << NAME_LENGTH_SHIFT |
	       (uint64_t)!name_is_wild(text) << NAME_EXACT_SHIFT;
}

static bool has_id(uint32_t place, const void *id)
{
	return known.at[place].id == *(const uint64_t *)id;
}

static const struct known_name *find(uint64_t id)
{
	int64_t place = hash_find(&known.by_id, hash_number(id), has_id, &id);

	return place < 0 ? NULL : &known.at[place];
}

const char *name_text(const union ip *ip)
{
	const struct known_name *found = ip_is_name(ip) ? find(name_id(ip)) : NULL;

	if (ip_is_resolvers(ip))
		return NAME_RESOLVERS;
	return found ? found->text : NULL;
}

int name_remember(const char *text, union ip *ip)
{
	uint64_t id = id_of(text);
	const struct known_name *there = find(id);
	struct known_name *at;

	*ip = name_ip(id);
	if (there)
		return strcmp(there->text, text) ? -EEXIST : 0;
	at = array_with_room_for_one(known.at, known.n, sizeof(*at));
	if (!at)
		return -ENOMEM;
	known.at = at;
	at[known.n] = (struct known_name){id, strdup(text)};
	if (!at[known.n].text || hash_add(&known.by_id, hash_number(id), (uint32_t)known.n)) {
		free(at[known.n].text);
		return -ENOMEM;
	}
	known.n++;
	return 0;
}

/* Returns the last label, with what may follow it. */
static const char *last_label(const char *text, size_t len)
{
	const char *at = text + len;

	while (at > text && at[-1] != '.')
		at--;
	return at;
}

/* What ends in a number is an address, or none of both; so is what ends in one letter, such as a mistyped 192.0.2.x. */
bool name_is_meant(const char *token)
{
	size_t len = strlen(token);
	const char *last;

	if (strpbrk(token, ":/[]%"))
		return false;
	if (strchr(token, '*'))
		return true;
	len -= len > 1 && token[len - 1] == '.';
	last = last_label(token, len);
	return last > token && token + len - last >= 2 && !(*last >= '0' && *last <= '9');
}

static int bad(struct error *err, const char *token, const char *why)
{
	return error_set(err, ERR_INPUT, "bad name, near '%.64s%s': %s", token, strlen(token) > 64 ? "..." : "", why);
}

static const char *what_is_wrong(const char *name)
{
	size_t len = 0;

	for (const char *at = name;; at++) {
		if (!*at || *at == '.') {
			if (!len)
				return "a part between two dots is missing";
			if (at[-1] == '-')
				return "no part of a host name starts or ends with '-'";
			if (!*at)
				return NULL;
			len = 0;
			continue;
		}
		if (*at == '*')
			return "a '*' stands only at the start, for all that comes before a dot: '*.example.com'";
		if (*at == '_')
			return "a host name has no '_'";
		if (!((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '-'))
			return "a host name has only letters, digits, '-' and dots";
		if (*at == '-' && !len)
			return "no part of a host name starts or ends with '-'";
		if (++len > LABEL)
			return "a part of a host name between dots has at most 63 characters";
	}
}

/* Opens a library and finds a function of it. Never closes it: the commands are short. */
static void *library_function(const char *library, const char *function)
{
#ifdef LSMCTL_STATIC
	(void)library, (void)function;
	return NULL; /* cannot open any */
#else
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

	return handle ? dlsym(handle, function) : NULL;
#endif
}

#define IDN2_NFC	     1 /* IDN2_NFC_INPUT */
#define IDN2_NONTRANSITIONAL 8 /* as browsers do */

/* Returns the ASCII form (free it), or NULL with the error set. */
static char *to_ascii(const char *token, const char *name, struct error *err)
{
	int (*convert)(const char *, char **, int);
	char *out = NULL, *copy;

	*(void **)&convert = library_function("libidn2.so.0", "idn2_to_ascii_8z");
	if (!convert) {
		bad(err, token,
		    "type its ASCII form, which starts with 'xn--': libidn2, which finds it, is not installed");
		return NULL;
	}
	if (convert(name, &out, IDN2_NFC | IDN2_NONTRANSITIONAL) || !out) {
		bad(err, token, "no host name in any language");
		return NULL;
	}
	copy = strdup(out);
	free(out); /* by malloc: idn2_free() is for systems with several */
	if (!copy)
		error_errno(err, ENOMEM, "cannot read the names");
	return copy;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++) {
		if (*text & 0x80)
			return false;
	}
	return true;
}

static int parse_ascii(const char *token, const char *name, bool wild, union ip *ip, struct error *err)
{
	size_t len = strlen(name);
	char text[NAME_TEXT_SIZE] = "*.", *to = wild ? text + 2 : text;
	const char *wrong;
	int ret;

	len -= len > 1 && name[len - 1] == '.';
	if (len > NAME)
		return bad(err, token, "it is longer than 253 characters");
	for (size_t i = 0; i < len; i++)
		to[i] = (char)dns_small((unsigned char)name[i]);
	to[len] = '\0';
	wrong = what_is_wrong(to);
	if (!wrong && !wild && !strchr(to, '.'))
		wrong = "only whole names can be told apart: type all its parts, as in host.example.com";
	if (!wrong && last_label(to, len)[0] >= '0' && last_label(to, len)[0] <= '9')
		wrong = "a host name does not end in a number";
	if (wrong)
		return bad(err, token, wrong);
	ret = name_remember(text, ip);
	if (ret == -EEXIST)
		return bad(err, token, "another name in the rules cannot be told apart from it, by a rare chance");
	return ret ? error_errno(err, -ret, "cannot read the names") : 0;
}

int name_parse(const char *token, union ip *ip, struct error *err)
{
	bool wild = name_is_wild(token);
	const char *name = wild ? token + 2 : token;
	char *ascii;
	int ret;

	if (!strcmp(token, "*") || !*name)
		return bad(err, token, "for every address type 'any'");
	if (is_ascii(name))
		return parse_ascii(token, name, wild, ip, err);
	ascii = to_ascii(token, name, err);
	ret = ascii ? parse_ascii(token, ascii, wild, ip, err) : -1;
	free(ascii);
	return ret;
}

bool name_is_public_suffix(const char *text)
{
	const char *name = name_is_wild(text) ? text + 2 : text;
	int (*is_suffix)(const void *, const char *);
	const void *(*builtin)(void);

	if (!strchr(name, '.'))
		return true;
	*(void **)&builtin = library_function("libpsl.so.5", "psl_builtin");
	*(void **)&is_suffix = library_function("libpsl.so.5", "psl_is_public_suffix");
	return builtin && is_suffix && builtin() && is_suffix(builtin(), name);
}
