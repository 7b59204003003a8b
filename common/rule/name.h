/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names as destinations: example.com, or *.example.com for all names below it, at any depth. In a rule a name is an
 * address that no host has: see bpf/ruled.h. This process knows the texts of the names that it has
 * parsed, and of those in the rulesets that it has opened.
 */
#ifndef LSMCTL_RULE_NAME_H
#define LSMCTL_RULE_NAME_H

#include <stdbool.h>
#include "bpf/abi.h"
#include "base/error.h"

/*
 * The word that stands for the name servers of this host, whichever they are. In a rule it is a name, with an id that
 * no other name has.
 */
#define NAME_RESOLVERS "resolvers"

#define NAME_TEXT_SIZE 256 /* bytes: "*.", 253 characters, and a NUL */

/* True when a destination is written as a name, if perhaps not as a good one: it is no address, and has a dot or '*'.
 */
bool name_is_meant(const char *token);

/*
 * Parses a name, in any case and with or without a dot at its end. Turns one with letters beyond ASCII into the form
 * that name servers know, with libidn2.
 */
int name_parse(const char *token, union ip *ip, struct error *err);

/* Remembers the text of a name, in small ASCII letters. -ENOMEM; -EEXIST: another name has its id. */
int name_remember(const char *text, union ip *ip);

/* Returns the text of a name or of that word, or NULL: this process has not met the name. */
const char *name_text(const union ip *ip);

/* True for "*." and a name. */
bool name_is_wild(const char *text);

/*
 * True when a wildcard covers names of owners who have nothing to do with one another: those below com, or co.uk. Asks
 * libpsl; without that library, only a single label is known to be one.
 */
bool name_is_public_suffix(const char *text);

#endif
