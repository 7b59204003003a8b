// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "error.h"

static const struct {
	const char *name;
	int exit_status;
} codes[] = {
	[ERR_NONE] = {"none", 0},
	[ERR_USAGE] = {"usage", 1},
	[ERR_INPUT] = {"bad_input", 1},
	[ERR_EXISTS] = {"exists", 1},
	[ERR_NOT_FOUND] = {"not_found", 1},
	[ERR_SYSTEM] = {"system", 2},
	[ERR_PERMISSION] = {"permission", 2},
	[ERR_UNSUPPORTED] = {"unsupported", 2},
	[ERR_FULL] = {"full", 2},
	[ERR_LAYOUT] = {"layout", 2},
	[ERR_LOCKED] = {"locked", 2},
	[ERR_ON_TRIAL] = {"on_trial", 1},
	[ERR_NOT_LOADED] = {"not_loaded", 3},
};
_Static_assert(sizeof(codes) / sizeof(codes[0]) == ERR_CODES, "every code has a name and a status");

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list args;

	if (err->code != ERR_NONE)
		return -1;
	err->code = code;
	err->lines = false;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return -1;
}

int error_set_lines(struct error *err, enum error_code code, const char *lines)
{
	bool first = err->code == ERR_NONE;

	error_set(err, code, "%s", lines);
	if (first)
		err->lines = true;
	return -1;
}

int error_errno(struct error *err, int errnum, const char *fmt, ...)
{
	enum error_code code = ERR_SYSTEM;
	const char *cause = strerror(errnum);
	char what[1024];
	va_list args;

	switch (errnum) {
	case EPERM:
	case EACCES:
		code = ERR_PERMISSION;
		cause = "permission denied (run it as root)";
		break;
	case ENOMEM:
		cause = "the kernel has no memory left for it (a memory cgroup's limit counts too)";
		break;
	}
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return error_set(err, code, "%s: %s", what, cause);
}

const char *error_name(enum error_code code)
{
	return codes[code].name;
}

int error_exit_status(enum error_code code)
{
	return codes[code].exit_status;
}
