// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/array.h"
#include "host/own_net.h"
#include "name/origin.h"
#include "rule/file.h"
#include "rule/parse.h"
#include "rule/split.h"
#include "run_wish.h"

#define WORDS 64 /* of one rule */

int wish_words_add(struct wish_words *words, const char *word, struct error *err)
{
	const char **grown = array_with_room_for_one(words->at, words->n, sizeof(*grown));

	if (!grown)
		return error_errno(err, ENOMEM, "cannot read the command line");
	words->at = grown;
	grown[words->n++] = word;
	return 0;
}

static int add(struct rules *rules, const struct rule_spec *spec, struct error *err)
{
	if (rules_reserve(rules, 1, err))
		return -1;
	rules->at[rules->n++] = *spec;
	return 0;
}

/* "192.0.2.0/24:443" means "192.0.2.0/24 port 443": only here, where a shell would need quotes for the latter. */
static char *copy_rule(const char *text)
{
	const char *slash = strchr(text, '/'), *colon = slash ? strchr(slash, ':') : NULL;
	char *copy;

	if (!colon || strchr(text, ' '))
		return strdup(text);
	return asprintf(&copy, "%.*s port %s", (int)(colon - text), text, colon + 1) < 0 ? NULL : copy;
}

/* Parses "192.0.2.0/24:443", "api.example.com" or "192.0.2.1 port 80 proto tcp". */
static int allow(struct run_wish *wish, const char *text, struct hosts *hosts, struct error *err)
{
	char *line = copy_rule(text), *words[WORDS];
	size_t before = wish->rules.n;
	int n, ret = -1;

	if (!line)
		return error_errno(err, ENOMEM, "cannot read the command line");
	n = words_split(line, words, WORDS, err);
	if (!n)
		error_set(err, ERR_USAGE, "--allow is empty: type a destination, such as --allow 192.0.2.1:443");
	if (n > 0)
		ret = rules_parse_hosts(&wish->rules, (size_t)n, words, VERDICT_ALLOW, hosts, err);
	for (size_t i = before; !ret && i < wish->rules.n; i++)
		ret = reach_check(&wish->rules.at[i], err);
	free(line);
	return ret;
}

static int take_rule(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct run_wish *wish = arg;

	(void)line;
	return reach_check(spec, err) || add(&wish->rules, spec, err) ? -1 : 0;
}

/* What learn prints begins with it, and a run does it anyway. */
static int take_setting(void *arg, const char *name, const char *value, struct error *err)
{
	(void)arg;
	if (!strcmp(name, "default") && !strcmp(value, "block"))
		return 0;
	return error_set(err, ERR_INPUT, "a run has no settings: leave out this line");
}

static int read_file(struct run_wish *wish, const char *name, struct error *err)
{
	const struct rules_file file = {.name = name,
					.verdict = VERDICT_ALLOW,
					.settings = true,
					.rule = take_rule,
					.setting = take_setting,
					.arg = wish};

	return rules_file_read(&file, err);
}

static int allow_socket(struct run_wish *wish, const char *path, struct error *err)
{
	struct run_socket *grown;
	struct stat st;

	if (path[0] != '/')
		return error_set(err, ERR_USAGE, "bad --unix, near '%.64s': a path, from the root on", path);
	if (stat(path, &st))
		return error_errno(err, errno, "cannot use the socket %.256s", path);
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, ERR_INPUT, "%.256s is no Unix socket", path);
	grown = array_with_room_for_one(wish->sockets, wish->n_sockets, sizeof(*grown));
	if (!grown)
		return error_errno(err, ENOMEM, "cannot read the command line");
	wish->sockets = grown;
	grown[wish->n_sockets++] =
		(struct run_socket){.inode = st.st_ino, .device = run_device(major(st.st_dev), minor(st.st_dev))};
	return 0;
}

static int allow_name_server(struct run_wish *wish, const union ip *ip, struct error *err)
{
	struct rule_spec spec;

	rule_init(&spec, VERDICT_ALLOW);
	spec.prefix = (struct prefix){.ip = *ip, .len = 128};
	spec.port_lo = spec.port_hi = 53;
	snprintf(spec.comment, sizeof(spec.comment), "name server");
	return add(&wish->rules, &spec, err);
}

/* 127.0.0.53 is systemd-resolved, which asks the servers that it knows. */
static int allow_name_servers(struct run_wish *wish, struct error *err)
{
	static const union ip stub = {.b = {[10] = 0xff, 0xff, 127, 0, 0, 53}};
	struct own_address *servers;
	size_t n = own_addresses_of(OWN_RESOLVER, &servers);
	int ret = allow_name_server(wish, &stub, err);

	for (size_t i = 0; !ret && i < n; i++)
		ret = allow_name_server(wish, &servers[i].ip, err);
	free(servers);
	return ret;
}

int wish_read(struct run_wish *wish, const struct wish_options *options, struct error *err)
{
	struct hosts hosts = {.local = options->local};
	int ret = 0;

	*wish = (struct run_wish){.audit = options->audit};
	for (size_t i = 0; !ret && i < options->files.n; i++)
		ret = read_file(wish, options->files.at[i], err);
	for (size_t i = 0; !ret && i < options->sockets.n; i++)
		ret = allow_socket(wish, options->sockets.at[i], err);
	for (size_t i = 0; !ret && i < options->allow.n; i++)
		ret = allow(wish, options->allow.at[i], &hosts, err);
	if (!ret && options->loopback)
		ret = allow(wish, "loopback", &hosts, err);
	if (!ret)
		ret = allow_name_servers(wish, err);
	hosts_free(&hosts);
	return ret;
}

void wish_free(struct run_wish *wish)
{
	rules_free(&wish->rules);
	free(wish->sockets);
	*wish = (struct run_wish){};
}
