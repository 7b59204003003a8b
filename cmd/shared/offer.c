// SPDX-License-Identifier: GPL-2.0-only
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "offer.h"

#define MANY 4096 /* words of rules: a shell shows this many without delay */

struct offer {
	struct offer *next;
	char *about;
	unsigned int flags, times;
	char word[];
};

static struct {
	const char *typed, *files;
	size_t kept;
	struct offer *first, *last;
	void *by_word; /* a tree of tsearch() */
	size_t rules;  /* number of words from rules */
} offers;

void offer_begin(const char *typed, size_t kept)
{
	offers.typed = typed;
	offers.kept = kept;
}

const char *offer_typed(void)
{
	return offers.typed + offers.kept;
}

/* Returns how many typed bytes precede the word. */
static size_t before(unsigned int flags)
{
	const char *comma = flags & OFFER_LISTED ? strrchr(offer_typed(), ',') : NULL;

	return comma ? (size_t)(comma + 1 - offers.typed) : offers.kept;
}

bool offer_fits(const char *word, unsigned int flags)
{
	const char *typed = offers.typed + before(flags);

	return !strncmp(word, typed, strlen(typed));
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct offer *)a)->word, ((const struct offer *)b)->word);
}

void offer(const char *word, const char *about, unsigned int flags)
{
	size_t kept = before(flags);
	struct offer *offered, **there;

	if (!*word || !offer_fits(word, flags) || !text_is_plain(word) || !text_is_plain(offers.typed))
		return;
	offered = calloc(1, sizeof(*offered) + kept + strlen(word) + 1);
	if (!offered)
		return;
	memcpy(offered->word, offers.typed, kept);
	strcpy(offered->word + kept, word);
	there = tsearch(offered, &offers.by_word, compare);
	if (!there || *there != offered) {
		free(offered);
		if (there)
			(*there)->times++;
		return;
	}
	offered->about = about ? text_escape(about) : NULL;
	offered->flags = flags;
	offered->times = 1;
	*(offers.last ? &offers.last->next : &offers.first) = offered;
	offers.last = offered;
	offers.rules += (flags & OFFER_RULE) != 0;
}

void offer_files(const char *kind)
{
	offers.files = kind;
}

bool offer_full(void)
{
	return offers.rules > MANY;
}

void offer_print(void)
{
	for (const struct offer *o = offers.first; o; o = o->next) {
		if (!(o->flags & OFFER_RULE))
			printf("%s%s%s\n", o->word, o->about ? "\t" : "", o->about ? o->about : "");
		else if (o->times > 1 && !offer_full())
			printf("%s\t%u rules\n", o->word, o->times);
		else if (!offer_full())
			printf("%s\t%s\n", o->word, o->about ? o->about : "1 rule");
	}
	if (offers.files)
		printf("\t%s\n", offers.files);
}
