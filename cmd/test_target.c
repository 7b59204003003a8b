// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/num.h"
#include "host/process.h"
#include "rule/parse.h"
#include "rule/prefix.h"
#include "test_target.h"

#define HOST_ROOM 256 /* more than any name or address has */

/* The words of a call, with those added that the URL or the process stands for. */
struct sentence {
	char host[HOST_ROOM];
	char port[8], proto[16];
	bool port_said; /* typed, and not what a scheme stands for */
	char uid[16], gid[16], exe[CGROUP_SIZE], cgroup[CGROUP_SIZE];
	char **words; /* words[0]: the address */
	size_t n;
};

/* Schemes without a service of their name in /etc/services, or with one that is used otherwise. */
static const struct {
	const char *scheme, *port, *proto;
} schemes[] = {
	{"http", "80", "tcp"},	     {"https", "443", "tcp"},	  {"ws", "80", "tcp"},	    {"wss", "443", "tcp"},
	{"sftp", "22", "tcp"},	     {"ssh", "22", "tcp"},	  {"git", "9418", "tcp"},   {"git+ssh", "22", "tcp"},
	{"ssh+git", "22", "tcp"},    {"postgres", "5432", "tcp"}, {"redis", "6379", "tcp"}, {"rediss", "6379", "tcp"},
	{"mongodb", "27017", "tcp"}, {"mysql", "3306", "tcp"},	  {"mqtt", "1883", "tcp"},  {"mqtts", "8883", "tcp"},
	{"dns", "53", "udp"},	     {"ntp", "123", "udp"},	  {"tcp", "", "tcp"},	    {"udp", "", "udp"},
	{"sctp", "", "sctp"},
};

static int set_scheme(struct sentence *s, const char *url, size_t len, struct error *err)
{
	const struct servent *service;
	char scheme[32];

	snprintf(scheme, sizeof(scheme), "%.*s", (int)(len < sizeof(scheme) ? len : sizeof(scheme) - 1), url);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strcasecmp(scheme, schemes[i].scheme) != 0)
			continue;
		strcpy(s->port, schemes[i].port);
		strcpy(s->proto, schemes[i].proto);
		return 0;
	}
	for (char *c = scheme; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
	service = len < sizeof(scheme) ? getservbyname(scheme, NULL) : NULL;
	if (!service)
		return error_set(
			err, ERR_INPUT,
			"unknown scheme, near '%.64s': type the host, and then 'port' and 'proto' with their values",
			url);
	snprintf(s->port, sizeof(s->port), "%u", ntohs((uint16_t)service->s_port));
	snprintf(s->proto, sizeof(s->proto), "%s", service->s_proto);
	return 0;
}

static int bad_url(const char *url, struct error *err)
{
	return error_set(err, ERR_INPUT,
			 "bad URL, near '%.64s': a scheme, '://', a host, and perhaps a port and a path", url);
}

/* Splits HOST, HOST:PORT, ADDRESS, [ADDRESS] and [ADDRESS]:PORT of a URL. */
static int set_authority(struct sentence *s, const char *url, const char *from, size_t len, struct error *err)
{
	char text[HOST_ROOM + 32], *colon, *end;
	uint64_t port;

	/* What stands before an '@' says who asks. */
	for (size_t i = len; i-- > 0;) {
		if (from[i] == '@') {
			len -= i + 1;
			from += i + 1;
			break;
		}
	}
	if (!len || len >= sizeof(text))
		return bad_url(url, err);
	snprintf(text, sizeof(text), "%.*s", (int)len, from);
	end = *text == '[' ? strchr(text, ']') : NULL;
	if (*text == '[' && !end)
		return bad_url(url, err);
	colon = strchr(end ? end : text, ':');
	if (end && end[1] && end + 1 != colon)
		return bad_url(url, err);
	if (colon) {
		*colon = '\0';
		if (colon[1] && (num_parse(colon + 1, UINT16_MAX, &port) || !port))
			return bad_url(url, err);
		s->port_said = colon[1];
		if (colon[1])
			snprintf(s->port, sizeof(s->port), "%s", colon + 1);
	}
	if (end)
		*end = '\0';
	if (strlen(text) >= sizeof(s->host) || !text[end != NULL])
		return bad_url(url, err);
	strcpy(s->host, text + (end != NULL));
	return 0;
}

/* A name may have a port behind it, as an address may. */
static void split_port(struct sentence *s, const char *word)
{
	const char *colon = strchr(word, ':');
	size_t len = colon ? (size_t)(colon - word) : strlen(word);
	char name[HOST_ROOM];

	if (len >= sizeof(name) ||
	    (colon && (strchr(colon + 1, ':') || !colon[1] || strlen(colon + 1) >= sizeof(s->port))))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	if (!host_is_meant(name))
		return;
	strcpy(s->host, name);
	s->port_said = colon;
	if (colon)
		strcpy(s->port, colon + 1);
}

static int set_destination(struct sentence *s, const char *word, struct error *err)
{
	const char *slashes = strstr(word, "://");

	if (!slashes) {
		split_port(s, word);
		return 0;
	}
	if (slashes == word)
		return bad_url(word, err);
	return set_scheme(s, word, (size_t)(slashes - word), err) ||
			       set_authority(s, word, slashes + 3, strcspn(slashes + 3, "/?#"), err)
		       ? -1
		       : 0;
}

static int set_process(struct sentence *s, const char *word, struct error *err)
{
	uint64_t pid;
	uint32_t uid, gid;

	if (num_parse(word, INT32_MAX, &pid) || !pid)
		return error_set(err, ERR_INPUT, "bad pid, near '%.64s': the number of a process", word);
	if (process_read((uint32_t)pid, &uid, &gid, s->cgroup, sizeof(s->cgroup), err))
		return -1;
	snprintf(s->uid, sizeof(s->uid), "%u", uid);
	snprintf(s->gid, sizeof(s->gid), "%u", gid);
	process_exe((pid_t)pid, s->exe, sizeof(s->exe)); /* without it, no rule for a program matches */
	return 0;
}

/* Copies the words behind the destination. Words that were typed win over what a scheme means. */
static int take_words(struct sentence *s, size_t n, char *const words[], struct error *err)
{
	static char word_port[] = "port", word_proto[] = "proto", word_uid[] = "uid", word_gid[] = "gid",
		    word_exe[] = "exe", word_cgroup[] = "cgroup";
	bool port = false, proto = false, subject = false;
	struct {
		char *name, *value;
		bool said;
	} added[] = {{word_port, s->port, false}, {word_proto, s->proto, false}, {word_uid, s->uid, false},
		     {word_gid, s->gid, false},	  {word_exe, s->exe, false},	 {word_cgroup, s->cgroup, false}};

	for (size_t i = 1; i < n; i += 2) {
		port |= !strcmp(words[i], "port");
		proto |= !strcmp(words[i], "proto");
		subject |= rule_word_is_subject(words[i]);
		if (!strcmp(words[i], "pid") && i + 1 == n)
			return error_set(err, ERR_INPUT, "a value is missing, near 'pid': type 'pid N'");
		if (!strcmp(words[i], "pid") && s->uid[0])
			return error_set(err, ERR_INPUT, "'pid' is repeated, near 'pid': type it once");
		if (!strcmp(words[i], "pid")) {
			if (set_process(s, words[i + 1], err))
				return -1;
			continue;
		}
		s->words[s->n++] = words[i];
		if (i + 1 < n)
			s->words[s->n++] = words[i + 1];
	}
	if (s->uid[0] && subject)
		return error_set(
			err, ERR_INPUT,
			"a call has one subject, near 'pid': a process has a uid, a gid, a program and a cgroup");
	if (port && s->port_said)
		return error_set(err, ERR_INPUT, "two ports, near '%s': type one", s->port);
	added[0].said = port;
	added[1].said = proto;
	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		/* A half pair at the end stays there, for the message about it. */
		if (!added[i].value[0] || added[i].said || s->n % 2 == 0)
			continue;
		s->words[s->n++] = added[i].name;
		s->words[s->n++] = added[i].value;
	}
	return 0;
}

static int add_call(struct target *target, const struct sentence *s, struct error *err)
{
	return call_parse(&target->calls[target->n], s->n, s->words, err) ? -1 : (target->n++, 0);
}

static int resolve(struct target *target, struct sentence *s, struct error *err)
{
	struct hosts hosts = {.own = true};
	char text[PREFIX_TEXT_SIZE];
	struct call unused;
	struct host *host;
	int ret = -1;

	if (host_parse(s->host, target->name, err) || !(host = hosts_add(&hosts, target->name, err)))
		return -1;
	/* Say what is wrong with the other words before anybody is asked for the name. */
	strcpy(text, "192.0.2.1");
	s->words[0] = text;
	if (call_parse(&unused, s->n, s->words, err) || hosts_resolve(&hosts, err))
		goto out;
	target->calls = calloc(host->n, sizeof(*target->calls));
	ret = target->calls ? 0 : error_errno(err, ENOMEM, "cannot test the addresses");
	for (size_t i = 0; i < host->n && !ret; i++) {
		prefix_format(&host->addresses[i], true, text);
		s->words[0] = text;
		ret = add_call(target, s, err);
	}
out:
	hosts_free(&hosts);
	return ret;
}

static bool is_clause(const char *word)
{
	return rule_is_word(word, true) || !strcmp(word, "pid");
}

int target_parse(struct target *target, size_t n, char *const words[], struct error *err)
{
	struct sentence s = {.n = 1};
	int ret = -1;

	if (!n || is_clause(words[0]))
		return error_set(err, ERR_USAGE,
				 "a destination is missing%s%s%s (an address such as 192.0.2.1, a host name, or a URL)",
				 n ? ", near '" : "", n ? words[0] : "", n ? "'" : "");
	s.words = calloc(n + 13, sizeof(*s.words));
	if (!s.words)
		return error_errno(err, ENOMEM, "cannot read the call");
	if (set_destination(&s, words[0], err) || take_words(&s, n, words, err))
		goto out;
	if (s.host[0] && host_is_meant(s.host)) {
		ret = resolve(target, &s, err);
		goto out;
	}
	s.words[0] = s.host[0] ? s.host : words[0];
	target->calls = calloc(1, sizeof(*target->calls));
	ret = target->calls ? add_call(target, &s, err) : error_errno(err, ENOMEM, "cannot test the call");
out:
	free(s.words);
	return ret;
}

void target_free(struct target *target)
{
	free(target->calls);
}
