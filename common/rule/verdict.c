// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include "verdict.h"

static const char *const verdicts[VERDICTS] = {
	[VERDICT_ALLOW] = "allow",
	[VERDICT_BLOCK] = "block",
	[VERDICT_AUDIT] = "audit",
};

/*
 * Only errors that connect(2) itself can return. No error that makes io_uring retry: EAGAIN, EINPROGRESS, ECONNABORTED.
 */
static const struct {
	const char *name;
	int value;
} errnos[] = {
	{"EPERM", EPERM},
	{"EACCES", EACCES},
	{"ECONNREFUSED", ECONNREFUSED},
	{"EHOSTUNREACH", EHOSTUNREACH},
	{"ENETUNREACH", ENETUNREACH},
	{"ETIMEDOUT", ETIMEDOUT},
};

#define ERRNOS (sizeof(errnos) / sizeof(errnos[0]))

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict];
}

int verdict_parse(const char *word)
{
	for (int i = 0; i < VERDICTS; i++) {
		if (!strcmp(word, verdicts[i]))
			return i;
	}
	return -1;
}

const char *rule_errno_word(size_t i)
{
	return i < ERRNOS ? errnos[i].name : NULL;
}

const char *rule_errno_name(int error)
{
	for (size_t i = 0; i < ERRNOS; i++) {
		if (errnos[i].value == error)
			return errnos[i].name;
	}
	return NULL;
}

int rule_errno_parse(const char *word)
{
	for (size_t i = 0; i < ERRNOS; i++) {
		if (!strcmp(word, errnos[i].name))
			return errnos[i].value;
	}
	return -1;
}
