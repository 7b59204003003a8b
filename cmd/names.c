// SPDX-License-Identifier: GPL-2.0-only
/* Lists the names that the programs have learned, with their addresses. */
#include <stdlib.h>
#include <string.h>
#include "base/time.h"
#include "rule/duration.h"
#include "rule/prefix.h"
#include "shared/cmd.h"
#include "shared/complete.h"
#include "shared/session.h"
#include "names_rules.h"

#define SECOND 1000000000u

/* What to show. */
struct filter {
	const char *pattern;	/* of names; NULL: all */
	struct prefixes within; /* else: addresses */
};

static bool may_be_address(const char *word)
{
	return strchr(word, ':') || strchr(word, '/') || (*word && !word[strspn(word, "0123456789.")]);
}

static int parse_filter(struct filter *filter, const struct invocation *inv, struct error *err)
{
	const char *word = inv->n ? inv->words[0] : NULL;

	if (word && may_be_address(word))
		return prefixes_parse(&filter->within, word, err);
	filter->pattern = word;
	if (!word || (*word && strlen(word) <= 255 && !strchr(word + (!strncmp(word, "*.", 2)), '*')))
		return 0;
	return error_set(err, ERR_USAGE, "bad filter, near '%.64s': a name, '*.' and a name, an address or a prefix",
			 word);
}

static bool passes(const struct filter *filter, const struct name_row *row)
{
	const struct prefix address = {.ip = row->key.ip, .len = 128};

	if (filter->pattern)
		return dns_name_matches(filter->pattern, row->name);
	for (size_t i = 0; i < filter->within.n; i++) {
		if (row->key.net && prefix_contains(&filter->within.at[i], &address))
			return true;
	}
	return !filter->within.n;
}

static void drop_others(struct name_list *list, const struct filter *filter)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (passes(filter, &list->at[i]))
			list->at[n++] = list->at[i];
		else
			free(list->at[i].name);
	}
	list->n = n;
}

static void address_text(const struct name_row *row, char text[PREFIX_TEXT_SIZE])
{
	const struct prefix address = {.ip = row->key.ip, .len = 128};

	prefix_format(&address, true, text);
}

/* What is known. */
struct known {
	struct name_list list;
	struct name_rules rules;
	bool on; /* names are learned */
};

static json_t *address_value(const struct known *known, const struct name_row *row, uint64_t now)
{
	char text[PREFIX_TEXT_SIZE], asked[TIME_TEXT_SIZE];

	address_text(row, text);
	time_format_boot(row->at.asked, asked);
	return json_pack("{s:s,s:I,s:s,s:I,s:I,s:o}", "address", text, "netns", (json_int_t)(uint32_t)row->key.net,
			 "asked", asked, "age", (json_int_t)(now > row->at.asked ? (now - row->at.asked) / SECOND : 0),
			 "left",
			 (json_int_t)(row->at.expires > now ? (row->at.expires - now + SECOND - 1) / SECOND : 0),
			 "rules", name_rules_value(&known->rules, row));
}

static void print_json(const struct output *out, const struct known *known)
{
	json_t *root = output_root(), *names = json_array(), *addresses = NULL;
	const struct name_list *list = &known->list;
	uint64_t now = clock_boot();

	for (size_t i = 0; i < list->n; i++) {
		const struct name_row *row = &list->at[i], name = {.name = row->name};

		if (!i || strcmp(list->at[i - 1].name, row->name) != 0) {
			addresses = json_array();
			json_array_append_new(names,
					      json_pack("{s:o,s:o,s:I,s:o}", "name", output_string(row->name),
							"addresses", addresses, "truncated", (json_int_t)row->truncated,
							"rules", name_rules_value(&known->rules, &name)));
		}
		if (row->key.net)
			json_array_append_new(addresses, address_value(known, row, now));
	}
	json_object_set_new(root, "on", json_boolean(known->on));
	json_object_set_new(root, "names", names);
	output_json(out, root);
}

static void put_address(struct table *table, const struct name_row *row, uint64_t now)
{
	char text[PREFIX_TEXT_SIZE];

	address_text(row, text);
	table_cell(table, "%s", text);
	duration_format(now > row->at.asked ? (now - row->at.asked) / SECOND * SECOND : 0, text);
	table_cell(table, "%s", text);
	duration_format(row->at.expires > now ? row->at.expires - now : 0, text);
	table_cell(table, "%s", text);
	table_cell(table, "%u", (uint32_t)row->key.net);
}

static void print_text(const struct output *out, const struct known *known)
{
	static const char *const header[] = {"NAME", "ADDRESS", "AGE", "LEFT", "NETNS", "CUT SHORT", "RULES"};
	struct table table = table_open(out, 7, header);
	const struct name_list *list = &known->list;
	uint64_t now = clock_boot();

	for (size_t i = 0; i < list->n; i++) {
		const struct name_row *row = &list->at[i];
		char *rules = name_rules_text(&known->rules, row);

		table_cell(&table, "%s", row->name);
		if (row->key.net)
			put_address(&table, row, now);
		for (int cell = 0; cell < 4 && !row->key.net; cell++)
			table_cell(&table, "-");
		table_cell(&table, "%u", row->truncated);
		table_cell(&table, "%s", rules ? rules : "");
		free(rules);
	}
	table_close(&table);
}

/* Reads the lists without the lock. */
static int read_known(const struct invocation *inv, struct known *known, struct error *err)
{
	struct name_maps maps;
	struct session session;
	struct config config;
	int ret;

	if (session_open(&session, inv, RULESET_READ, err))
		return -1;
	config = *ruleset_config(session.rules);
	known->on = name_maps_open(&maps, &config);
	ret = name_rules_read(&known->rules, session.rules, err);
	session_close(&session);
	if (!ret && known->on)
		ret = name_list_read(&known->list, &maps, err);
	if (!ret)
		name_list_ruled(&known->list, &config);
	if (!ret)
		ret = name_rules_add_missing(&known->rules, &known->list, err);
	name_maps_close(&maps);
	return ret;
}

static void free_known(struct known *known)
{
	name_list_free(&known->list);
	name_rules_free(&known->rules);
}

static int run(struct invocation *inv, struct error *err)
{
	struct filter filter = {};
	struct known known = {};
	int ret = parse_filter(&filter, inv, err);

	if (!ret)
		ret = read_known(inv, &known, err);
	if (!ret)
		drop_others(&known.list, &filter);
	if (!ret && inv->out.json)
		print_json(&inv->out, &known);
	else if (!ret && (known.on || known.rules.n))
		print_text(&inv->out, &known);
	else if (!ret)
		ret = error_set(err, ERR_NOT_FOUND, "names are not learned (run 'lsmctl set names on')");
	free_known(&known);
	prefixes_free(&filter.within);
	return ret;
}

static void complete(struct invocation *inv)
{
	struct error ignored = {};
	struct known known = {};

	if (!inv->n && !read_known(inv, &known, &ignored)) {
		for (size_t i = 0; i < known.list.n; i++)
			complete_word(known.list.at[i].name, NULL);
	}
	free_known(&known);
}

const struct command command_names = {
	.name = "names",
	.args = "[NAME|*.NAME|ADDRESS]",
	.summary = "list the names that programs asked for, with their addresses",
	.doc = "Shows what was learned from the answers of name servers, while a rule is for a name or after 'lsmctl set "
	       "names on': each name, its addresses, how long ago the answer came, and how long the address keeps the name. That is an hour or the "
	       "TTL of the answer, whichever is longer, and at most a day, unless 'set name-keep' says otherwise. An address of several names shows the one that "
	       "was asked for last. An address is learned for the network namespace of the program that asked.\n\n"
	       "CUT SHORT counts answers with the flag that they are truncated: the addresses then come by TCP, and are "
	       "not learned.\n\n"
	       "RULES are the ids of the rules for names that the address has. A name in a rule that has no address now is "
	       "shown without one.\n\n"
	       "With a NAME, shows that name; with *.NAME, all names below it; with an ADDRESS or a prefix, the names of "
	       "these addresses.",
	.max_words = 1,
	.run = run,
	.complete = complete,
};
