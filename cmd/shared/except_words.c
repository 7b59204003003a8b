// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/array.h"
#include "base/text.h"
#include "host/own_net.h"
#include "rule/file.h"
#include "except_words.h"

static const struct {
	const char *word;
	const char *destinations; /* NULL: addresses of this host's */
	unsigned int own;
} words_known[] = {
	{"lan", "lan,link-local", 0},
	{"self", NULL, OWN_LOOPBACK | OWN_SELF},
	{"gateway", NULL, OWN_GATEWAY},
	{"resolvers", NULL, OWN_RESOLVER},
};

#define KNOWN (sizeof(words_known) / sizeof(words_known[0]))

static size_t known(const char *word)
{
	size_t i = 0;

	while (i < KNOWN && strcmp(words_known[i].word, word))
		i++;
	return i;
}

static bool is_file(const char *word)
{
	return *word == '/' || !strncmp(word, "./", 2) || !strncmp(word, "../", 3);
}

static int check_word(const char *word, struct error *err)
{
	struct prefixes ignored = {};
	struct error why = {};
	int ret = known(word) < KNOWN ? 0 : prefixes_parse(&ignored, word, &why);

	prefixes_free(&ignored);
	return ret ? error_set(
			     err, ERR_INPUT,
			     "bad --except, near '%.64s': self, gateway, resolvers, lan, loopback, an address, a prefix, or a file by a path with a slash in front or './', with commas between them",
			     word)
		   : 0;
}

/* Appends a word. */
static int keep_word(char kept[EXCEPT_SIZE], const char *word, struct error *err)
{
	char *path = is_file(word) ? realpath(word, NULL) : NULL;
	size_t len = strlen(kept);
	int ret = 0;

	if (is_file(word) && !path)
		return error_errno(err, errno, "cannot open %s", word);
	if (path)
		word = path;
	if (!text_is_plain(word) || strchr(word, ','))
		ret = error_set(err, ERR_INPUT, "bad --except, near '%.64s': a path of printable UTF-8 without commas",
				word);
	else if (len + 1 + strlen(word) >= EXCEPT_SIZE)
		ret = error_set(err, ERR_INPUT,
				"--except is too long, near '%.64s': put the addresses into a file, and type its path",
				word);
	else
		strcat(strcat(kept, len ? "," : ""), word);
	free(path);
	return ret;
}

/* Cuts blanks off both ends. */
static char *trimmed(char *word)
{
	size_t len;

	word += strspn(word, " ");
	for (len = strlen(word); len && word[len - 1] == ' '; len--)
		word[len - 1] = '\0';
	return word;
}

int except_words_keep(const char *words, char kept[EXCEPT_SIZE], struct error *err)
{
	char *copy = strdup(words), *rest = copy, *word;
	int ret = copy ? 0 : error_errno(err, ENOMEM, "cannot read the command line");

	kept[0] = '\0';
	if (!ret && !strcmp(words, "none"))
		rest = NULL;
	while (!ret && rest) {
		word = strsep(&rest, ",");
		word = trimmed(word);
		ret = (!is_file(word) && check_word(word, err)) || keep_word(kept, word, err) ? -1 : 0;
	}
	free(copy);
	return ret;
}

static int append(struct prefixes *list, const struct prefix *prefix, struct error *err)
{
	struct prefix *at = array_with_room_for_one(list->at, list->n, sizeof(*at));

	if (!at)
		return error_errno(err, ENOMEM, "cannot read what is excepted");
	list->at = at;
	at[list->n++] = *prefix;
	return 0;
}

static int take_line(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	(void)line;
	if (!rule_any_port(spec) || spec->proto != PROTO_ANY || spec->subject != SUBJECT_EVERYONE || spec->set[0] ||
	    spec->verdict != VERDICT_ALLOW)
		return error_set(err, ERR_INPUT, "only destinations are excepted: type an address or a prefix");
	return append(arg, &spec->prefix, err);
}

static int add_file(struct prefixes *list, const char *path, struct error *err)
{
	const struct rules_file file = {.name = path, .verdict = VERDICT_ALLOW, .rule = take_line, .arg = list};
	struct stat st;

	/* Nobody waits with the lock for a pipe. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return error_set(err, ERR_INPUT, "%s is no regular file: what is excepted is read each time", path);
	return rules_file_read(&file, err);
}

static int add_own(struct prefixes *list, unsigned int kinds, struct error *err)
{
	struct own_address *own;
	size_t n = own_addresses_of(kinds, &own);
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++)
		ret = append(list, &(struct prefix){.ip = own[i].ip, .len = own[i].len}, err);
	free(own);
	return ret;
}

static int add_word(struct prefixes *list, const char *word, struct error *err)
{
	size_t i = known(word);

	if (is_file(word))
		return add_file(list, word, err);
	if (i < KNOWN && !words_known[i].destinations)
		return add_own(list, words_known[i].own, err);
	return prefixes_parse(list, i < KNOWN ? words_known[i].destinations : word, err);
}

int set_excepts_add(struct set_excepts *excepts, const char *set, const char *kept, struct error *err)
{
	struct set_except *at = array_with_room_for_one(excepts->at, excepts->n, sizeof(*at)), *new;
	size_t i = 0;
	char *copy = strdup(kept), *rest = copy, *word;
	int ret = 0;

	if (at)
		excepts->at = at;
	if (!at || !copy) {
		free(copy);
		return error_errno(err, ENOMEM, "cannot read what is excepted");
	}
	while (i < excepts->n && strcmp(at[i].set, set))
		i++;
	new = &at[i];
	if (i == excepts->n)
		excepts->n++;
	else
		prefixes_free(&new->except.list); /* the later line counts */
	*new = (struct set_except){};
	snprintf(new->set, sizeof(new->set), "%s", set);
	while (!ret && (word = strsep(&rest, ",")))
		ret = *word ? add_word(&new->except.list, word, err) : 0;
	free(copy);
	except_ready(&new->except);
	return ret;
}

struct giving {
	struct rule_spec spec;
	int (*give)(const struct rule_spec *rest, void *arg);
	void *arg;
};

static int give_rest(const struct prefix *rest, void *arg)
{
	struct giving *giving = arg;

	giving->spec.prefix = *rest;
	return giving->give(&giving->spec, giving->arg);
}

int set_excepts_give(struct set_excepts *excepts, const struct rule_spec *spec,
		     int (*give)(const struct rule_spec *rest, void *arg), void *arg)
{
	struct giving giving;

	for (size_t i = 0; i < excepts->n && spec->verdict != VERDICT_ALLOW; i++) {
		if (strcmp(excepts->at[i].set, spec->set) || !except_touches(&excepts->at[i].except, &spec->prefix))
			continue;
		excepts->rules++;
		giving = (struct giving){*spec, give, arg};
		return except_rest(&excepts->at[i].except, &spec->prefix, give_rest, &giving);
	}
	return give(spec, arg);
}

void set_excepts_free(struct set_excepts *excepts)
{
	for (size_t i = 0; i < excepts->n; i++)
		prefixes_free(&excepts->at[i].except.list);
	free(excepts->at);
	*excepts = (struct set_excepts){};
}
