// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>
#include "synonym.h"

static const struct {
	const char *word, *ours;
	enum synonym_kind kind;
} synonyms[] = {
	{"remove", "del", SYNONYM_COMMAND},	{"rm", "del", SYNONYM_COMMAND},
	{"delete", "del", SYNONYM_COMMAND},	{"unban", "del", SYNONYM_COMMAND},
	{"show", "list", SYNONYM_COMMAND},	{"ls", "list", SYNONYM_COMMAND},
	{"rules", "list", SYNONYM_COMMAND},	{"monitor", "watch", SYNONYM_COMMAND},
	{"log", "watch", SYNONYM_COMMAND},	{"events", "watch", SYNONYM_COMMAND},
	{"deny", "block", SYNONYM_COMMAND},	{"drop", "block", SYNONYM_COMMAND},
	{"reject", "block", SYNONYM_COMMAND},	{"ban", "block", SYNONYM_COMMAND},
	{"accept", "allow", SYNONYM_COMMAND},	{"permit", "allow", SYNONYM_COMMAND},
	{"start", "load", SYNONYM_COMMAND},	{"enable", "load", SYNONYM_COMMAND},
	{"stop", "unload", SYNONYM_COMMAND},	{"disable", "unload", SYNONYM_COMMAND},
	{"clear", "flush", SYNONYM_COMMAND},	{"check", "test", SYNONYM_COMMAND},
	{"info", "status", SYNONYM_COMMAND},	{"export", "save", SYNONYM_COMMAND},
	{"dump", "save", SYNONYM_COMMAND},	{"insert", "add", SYNONYM_COMMAND},
	{"append", "add", SYNONYM_COMMAND},	{"reload", "restore", SYNONYM_COMMAND},
	{"sets", "list sets", SYNONYM_COMMAND}, {"history", "undo --list", SYNONYM_COMMAND},
	{"kill", "cut", SYNONYM_COMMAND},	{"sockets", "connections", SYNONYM_COMMAND},
	{"deny", "block", SYNONYM_VERDICT},	{"drop", "block", SYNONYM_VERDICT},
	{"reject", "block", SYNONYM_VERDICT},	{"ban", "block", SYNONYM_VERDICT},
	{"accept", "allow", SYNONYM_VERDICT},	{"permit", "allow", SYNONYM_VERDICT},
	{"log", "audit", SYNONYM_VERDICT},	{"user", "uid", SYNONYM_WORD},
	{"service", "unit", SYNONYM_WORD},	{"scope", "unit", SYNONYM_WORD},
	{"for", "timeout", SYNONYM_WORD},	{"dport", "port", SYNONYM_WORD},
	{"ports", "port", SYNONYM_WORD},	{"protocol", "proto", SYNONYM_WORD},
	{"all", "any", SYNONYM_DESTINATION},	{"everything", "any", SYNONYM_DESTINATION},
};

const char *synonym_of(const char *word, enum synonym_kind kind)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (synonyms[i].kind == kind && !strcmp(synonyms[i].word, word))
			return synonyms[i].ours;
	}
	return NULL;
}
