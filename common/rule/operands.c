// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "operands.h"
#include "parse.h"
#include "prefix.h"
#include "verdict.h"

/* Returns whether the word is a destination. No other word has a dot or a colon in it. */
static bool is_destination(const char *word)
{
	for (size_t i = 0; prefix_word(i); i++) {
		if (!strcmp(word, prefix_word(i)))
			return true;
	}
	return strpbrk(word, ".:") != NULL;
}

static bool ends_with_comma(const char *word)
{
	return *word && word[strlen(word) - 1] == ',';
}

/* Returns whether a list cannot contain the word: "port ,80" and "add block ,192.0.2.1" have an empty first value. */
static bool is_keyword(const char *word)
{
	return rule_is_word(word, false) || verdict_parse(word) >= 0;
}

static bool ends_with_dash(const char *word)
{
	return *word && word[strlen(word) - 1] == '-';
}

static int append(char **word, const char *between, const char *more)
{
	char *joined = malloc(strlen(*word) + strlen(between) + strlen(more) + 1);

	if (!joined)
		return -1;
	stpcpy(stpcpy(stpcpy(joined, *word), between), more);
	free(*word);
	*word = joined;
	return 0;
}

static int join(struct operands *operands, size_t n, char *const words[])
{
	bool in_destinations = true, verbatim = false;

	for (size_t i = 0; i < n; i++) {
		char **last = operands->n ? &operands->words[operands->n - 1] : NULL;
		bool comma =
			last && !verbatim && (ends_with_comma(*last) || (words[i][0] == ',' && !is_keyword(*last)));
		/* A range with blanks round its dash. */
		bool dash = last && in_destinations && is_destination(*last) &&
			    (ends_with_dash(*last) ||
			     (!strcmp(words[i], "-") && i + 1 < n && is_destination(words[i + 1])));
		bool another = last && in_destinations && is_destination(words[i]) && is_destination(*last);

		if (comma || dash || another) {
			if (append(last, comma || dash ? "" : ",", words[i]))
				return -1;
			continue;
		}
		operands->words[operands->n] = strdup(words[i]);
		if (!operands->words[operands->n])
			return -1;
		operands->n++;
		in_destinations &= i == 0 || is_destination(words[i]);
		/* Keep a comment unchanged, and all words after it. */
		verbatim = verbatim || (i > 0 && !strcmp(words[i], "comment"));
	}
	return 0;
}

int operands_join(struct operands *operands, size_t n, char *const words[], struct error *err)
{
	operands->words = calloc(n + 1, sizeof(*operands->words));
	if (operands->words && !join(operands, n, words))
		return 0;
	operands_free(operands);
	return error_errno(err, ENOMEM, "cannot read the command line");
}

void operands_free(struct operands *operands)
{
	for (size_t i = 0; i < operands->n; i++)
		free(operands->words[i]);
	free(operands->words);
	*operands = (struct operands){};
}

int operands_parse_filter(struct rules *rules, bool *any, size_t n, char *const words[], struct error *err)
{
	char no_destination[] = "any", **sentence;
	struct operands operands = {};
	int ret;

	/* Words that no filter has too: the message about them is better than one about a bad destination. */
	*any = n && rule_is_word(words[0], false);
	if (!n)
		return 0;
	if (operands_join(&operands, n, words, err))
		return -1;
	sentence = calloc(operands.n + 1, sizeof(*sentence));
	if (sentence) {
		sentence[0] = no_destination;
		for (size_t i = 0; i < operands.n; i++)
			sentence[*any + i] = operands.words[i];
		ret = rules_parse_identity(rules, operands.n + *any, sentence, err);
	} else {
		ret = error_errno(err, ENOMEM, "cannot read the filter");
	}
	free(sentence);
	operands_free(&operands);
	return ret;
}
