// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "by.h"

int by_parse(const char *arg, enum subject_kind *by, struct error *err)
{
	static const struct {
		const char *word;
		enum subject_kind kind;
	} kinds[] = {{"uid", SUBJECT_UID},
		     {"gid", SUBJECT_GID},
		     {"cgroup", SUBJECT_CGROUP},
		     {"exe", SUBJECT_EXE},
		     {"everyone", SUBJECT_EVERYONE}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(arg, kinds[i].word)) {
			*by = kinds[i].kind;
			return 0;
		}
	}
	return error_set(err, ERR_USAGE, "bad --by, near '%.64s': uid, gid, cgroup, exe or everyone", arg);
}
