// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "hint.h"
#include "proto.h"
#include "synonym.h"

static int instead(const char *what, const char *word, const char *ours, struct error *err)
{
	return error_set(err, ERR_INPUT, "unknown %s, near '%.64s': did you mean '%s'?", what, word, ours);
}

/* Names only: any number could be a protocol. */
static bool is_protocol(const char *word)
{
	return !(*word >= '0' && *word <= '9') && proto_parse(word) >= 0 && strcmp(word, "any") != 0;
}

int hint_filter(const char *word, struct error *err)
{
	const char *verdict = synonym_of(word, SYNONYM_VERDICT), *clause = synonym_of(word, SYNONYM_WORD);

	if (verdict)
		return instead("verdict", word, verdict, err);
	if (clause)
		return instead("word", word, clause, err);
	/* A number alone may be meant as an address, in a form that is refused. */
	return is_protocol(word) ? hint_clause(word, err) : 0;
}

int hint_no_destination(const char *clause, struct error *err)
{
	return error_set(err, ERR_INPUT, "a destination is missing, near '%s': type it first, such as 'any %s ...'",
			 clause, clause);
}

int hint_destination(const char *word, struct error *err)
{
	if (is_protocol(word))
		return error_set(err, ERR_INPUT,
				 "bad destination, near '%.64s': a protocol stands after it: '192.0.2.1 proto %.64s'",
				 word, word);
	return 0;
}

int hint_clause(const char *word, struct error *err)
{
	if (is_protocol(word))
		return error_set(err, ERR_INPUT,
				 "unknown word, near '%.64s': type 'proto %.64s'; several take commas: 'proto tcp,udp'",
				 word, word);
	if (!word[strspn(word, "0123456789")])
		return error_set(
			err, ERR_INPUT,
			"unknown word, near '%.64s': if it is a port, type 'port %.64s'; several take commas: 'port 80,443'",
			word, word);
	if (!strcmp(word, "dev") || !strcmp(word, "device") || !strcmp(word, "interface"))
		return error_set(
			err, ERR_INPUT,
			"unknown word, near '%s': a rule is for where a call goes, and knows no devices: type its destinations",
			word);
	return 0;
}
