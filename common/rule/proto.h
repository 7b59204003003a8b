/* SPDX-License-Identifier: GPL-2.0-only */
/* Protocols by name and number. */
#ifndef LSMCTL_RULE_PROTO_H
#define LSMCTL_RULE_PROTO_H

#include <stddef.h>
#include <stdint.h>
#include "bpf/abi.h"
#include "base/error.h"

/*
 * proto_parse(): accepts "tcp", "raw", a name of /etc/protocols, a number, or "any"; -1 for another word. Returns the
 * canonical number: "mptcp" is tcp. proto_format(): writes a name that every host knows, or the number.
 */
int proto_parse(const char *word);
void proto_format(uint16_t proto, char text[16]);
/* Parses names with commas between them, each once. Returns their number, at most max; -1 with the error set. */
int protos_parse(const char *words, uint16_t protos[], size_t max, struct error *err);
const char *proto_word(size_t i); /* the i-th name that every host knows, or NULL past the last */

#endif
