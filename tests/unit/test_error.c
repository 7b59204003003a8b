// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include <errno.h>
#include "base/error.h"

static void codes_are_the_contracts_words_and_statuses(void **state)
{
	static const struct {
		enum error_code code;
		const char *name;
		int status;
	} codes[] = {
		{ERR_NONE, "none", 0},
		{ERR_USAGE, "usage", 1},
		{ERR_INPUT, "bad_input", 1},
		{ERR_EXISTS, "exists", 1},
		{ERR_NOT_FOUND, "not_found", 1},
		{ERR_SYSTEM, "system", 2},
		{ERR_PERMISSION, "permission", 2},
		{ERR_UNSUPPORTED, "unsupported", 2},
		{ERR_FULL, "full", 2},
		{ERR_LAYOUT, "layout", 2},
		{ERR_LOCKED, "locked", 2},
		{ERR_ON_TRIAL, "on_trial", 1},
		{ERR_NOT_LOADED, "not_loaded", 3},
	};

	(void)state;
	assert_int_equal(LENGTH(codes), ERR_CODES);
	for (size_t i = 0; i < LENGTH(codes); i++) {
		assert_string_equal(error_name(codes[i].code), codes[i].name);
		assert_int_equal(error_exit_status(codes[i].code), codes[i].status);
	}
}

static void the_first_error_stays(void **state)
{
	struct error err = {};

	(void)state;
	assert_int_equal(error_set(&err, ERR_NOT_LOADED, "first %d", 1), -1);
	assert_int_equal(error_set(&err, ERR_USAGE, "second"), -1);
	assert_int_equal(error_errno(&err, EPERM, "third"), -1);
	assert_int_equal(err.code, ERR_NOT_LOADED);
	assert_string_equal(err.text, "first 1");
}

static void lines_are_the_programs_own(void **state)
{
	struct error err = {};

	(void)state;
	assert_int_equal(error_set_lines(&err, ERR_INPUT, "f:1: one\nf:2: 100%s"), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_true(err.lines);
	assert_string_equal(err.text, "f:1: one\nf:2: 100%s");
	/* The first one stays, and with it what it is. */
	error_set(&err, ERR_USAGE, "x");
	assert_true(err.lines);
	err.code = ERR_NONE;
	error_set(&err, ERR_USAGE, "a\nb");
	assert_false(err.lines);
	error_set_lines(&err, ERR_INPUT, "x");
	assert_false(err.lines);
	assert_string_equal(err.text, "a\nb");
	err = (struct error){.lines = true};
	error_errno(&err, EIO, "x");
	assert_false(err.lines);
}

static void errno_becomes_a_cause(void **state)
{
	static const struct {
		int errnum;
		enum error_code code;
		const char *part;
	} cases[] = {
		{EPERM, ERR_PERMISSION, "cannot open x: permission denied (run it as root)"},
		{EACCES, ERR_PERMISSION, "cannot open x: permission denied (run it as root)"},
		{ENOMEM, ERR_SYSTEM, "memory"},
		{ENOENT, ERR_SYSTEM, "cannot open x: No such file or directory"},
		{EIO, ERR_SYSTEM, "cannot open x: Input/output error"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct error err = {};

		assert_int_equal(error_errno(&err, cases[i].errnum, "cannot open %s", "x"), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_in(err.text, cases[i].part);
	}
}

static void long_text_is_cut(void **state)
{
	char text[10001] = {};
	struct error err = {};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	error_set(&err, ERR_INPUT, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	err = (struct error){};
	/* The cause is still there. */
	error_errno(&err, EIO, "%s", text);
	assert_in(err.text, "Input/output error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_the_contracts_words_and_statuses),
		cmocka_unit_test(the_first_error_stays),
		cmocka_unit_test(lines_are_the_programs_own),
		cmocka_unit_test(errno_becomes_a_cause),
		cmocka_unit_test(long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
