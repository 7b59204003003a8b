// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/num.h"
#include "rule/operands.h"
#include "rule/parse.h"
#include "rule/subject.h"
#include "rule/verdict.h"
#include "del_wanted.h"

/* Parses "1 2", "1,2" and "1, 2", each id once. */
static int parse_ids(const struct invocation *inv, struct wanted *wanted, struct error *err)
{
	for (size_t i = 1; i < inv->n; i++) {
		char *rest = inv->words[i], *word;

		while ((word = strsep(&rest, ","))) {
			uint32_t *ids = array_with_room_for_one(wanted->ids, wanted->n_ids, sizeof(*ids));
			bool twice = false;
			uint64_t id;

			if (!ids)
				return error_errno(err, ENOMEM, "cannot read the ids");
			wanted->ids = ids;
			/* "1," and ",1" are parts of a list. */
			if (!*word && (word == inv->words[i]) != !rest)
				continue;
			if (num_parse(word, UINT32_MAX, &id))
				return error_set(
					err, ERR_INPUT,
					"bad id, near '%.64s': a number, as in the first column of 'lsmctl list'",
					word);
			for (size_t k = 0; k < wanted->n_ids; k++)
				twice |= ids[k] == id;
			if (!twice)
				ids[wanted->n_ids++] = (uint32_t)id;
		}
	}
	return wanted->n_ids ? 0 : error_set(err, ERR_USAGE, "'id' needs a number (usage: lsmctl del id N...)");
}

static int parse_sets(const struct invocation *inv, struct error *err)
{
	char set[SET_SIZE];

	if (inv->n < 2)
		return error_set(err, ERR_USAGE, "'set' needs a name (usage: lsmctl del set NAME...)");
	for (size_t i = 1; i < inv->n; i++) {
		if (set_parse(inv->words[i], set, err))
			return -1;
	}
	return 0;
}

/* True for "(12" and this end. */
static bool is_now(const char *word, const char *end)
{
	size_t digits = *word == '(' ? strspn(word + 1, "0123456789") : 0;

	return digits && !strcmp(word + 1 + digits, end);
}

/* Drops the remark that list adds. A shell takes it only in quotes, and then it is one word. */
static void drop_remark(struct operands *operands)
{
	size_t n = operands->n, drop = 0;

	if (n && is_now(operands->words[n - 1], " now)"))
		drop = 1;
	else if (n > 1 && is_now(operands->words[n - 2], "") && !strcmp(operands->words[n - 1], "now)"))
		drop = 2;
	while (drop--)
		free(operands->words[--operands->n]);
}

/* Reduces a pasted line of list, ID VERDICT DESTINATION HITS TIME, to its verdict and destination. */
static void take_row(struct wanted *wanted, struct operands *operands)
{
	char **words = operands->words;
	uint64_t id, hits;

	if (operands->n < 5 || num_parse(words[0], UINT32_MAX, &id) || verdict_parse(words[1]) < 0 ||
	    num_parse(words[3], UINT64_MAX, &hits) || (strcmp(words[4], "-") != 0 && !strchr(words[4], 'T')))
		return;
	wanted->id = (uint32_t)id;
	free(words[0]);
	free(words[3]);
	free(words[4]);
	words[0] = words[1];
	words[1] = words[2];
	operands->n -= 3;
	memmove(words + 2, words + 5, (operands->n - 2) * sizeof(*words));
	drop_remark(operands);
}

int del_wanted_parse(const struct invocation *inv, struct wanted *wanted, struct error *err)
{
	struct operands operands = {};
	int ret;

	wanted->what = inv->n && !strcmp(inv->words[0], "id")	 ? BY_ID
		       : inv->n && !strcmp(inv->words[0], "set") ? BY_SET
								 : BY_RULE;
	if (wanted->what == BY_ID)
		return parse_ids(inv, wanted, err);
	if (wanted->what == BY_SET)
		return parse_sets(inv, err);
	ret = operands_join(&operands, inv->n, inv->words, err);
	if (!ret) {
		take_row(wanted, &operands);
		ret = rules_parse_shown(&wanted->rules, operands.n, operands.words, &wanted->verdict, err);
	}
	operands_free(&operands);
	return ret;
}

void del_wanted_free(struct wanted *wanted)
{
	free(wanted->ids);
	rules_free(&wanted->rules);
}
