// SPDX-License-Identifier: GPL-2.0-only
/* What a file of rules says, and what is said of its bad lines. */
#include "unit.h"
#include "rules_file.h"

static void takes_files(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"\n\n", ""},
		{"# only\n; comments\n  \t\r\n", ""},
		/* Lists as they come. */
		{"1.1.1.1\n2.2.2.0/24\n::1\n", "1: block 1.1.1.1\n2: block 2.2.2.0/24\n3: block ::1\n"},
		{"1.1.1.1", "1: block 1.1.1.1\n"},
		{"1.1.1.1\r\n\r\n2.2.2.2\r\n", "1: block 1.1.1.1\n3: block 2.2.2.2\n"},
		{"\xef\xbb\xbf"
		 "1.1.1.1\n2.2.2.2\n",
		 "1: block 1.1.1.1\n2: block 2.2.2.2\n"},
		{"\xef\xbb\xbf# x\n1.1.1.1", "2: block 1.1.1.1\n"},
		{"\xef\xbb\xbf", ""},
		{"  1.1.1.1 \t\n\t2.2.2.2\n", "1: block 1.1.1.1\n2: block 2.2.2.2\n"},
		{"1.1.1.1 ; SBL1\n2.2.2.2\t# x\n3.3.3.3#x\n4.4.4.4\t;\n5.5.5.5 # a # b ; c\n6.6.6.6 #",
		 "1: block 1.1.1.1\n2: block 2.2.2.2\n3: block 3.3.3.3\n4: block 4.4.4.4\n5: block 5.5.5.5\n"
		 "6: block 6.6.6.6\n"},
		{"1.1.1.1-1.1.1.3\nlan\n::ffff:9.9.9.9",
		 "1: block 1.1.1.1\n1: block 1.1.1.2/31\n2: block 10.0.0.0/8\n2: block 172.16.0.0/12\n"
		 "2: block 192.168.0.0/16\n2: block fc00::/7\n3: block 9.9.9.9\n"},
		/* Commands. */
		{"block 1.1.1.1\nallow 2.2.2.2\naudit ::1/128\n", "1: block 1.1.1.1\n2: allow 2.2.2.2\n3: audit ::1\n"},
		{"block 1.1.1.1\n2.2.2.2\nallow 3.3.3.3 # x\n4.4.4.4\n",
		 "1: block 1.1.1.1\n2: block 2.2.2.2\n3: allow 3.3.3.3\n4: block 4.4.4.4\n"},
		{"block   1.1.1.1\nallow\t2.2.2.2\n", "1: block 1.1.1.1\n2: allow 2.2.2.2\n"},
		{"add 1.1.1.1\nadd audit 2.2.2.2\n", "1: block 1.1.1.1\n2: audit 2.2.2.2\n"},
		{"block \"1.1.1.1\"\n'block' 2.2.2.2\n", "1: block 1.1.1.1\n2: block 2.2.2.2\n"},
		{"1.1.1.1 port 80 proto tcp ; x\n", "1: block 1.1.1.1 port 80 proto tcp\n"},
		{"allow any comment \"a # b\" # c\n",
		 "1: allow 0.0.0.0/0 comment \"a # b\"\n1: allow ::/0 comment \"a # b\"\n"},
		{"set default block\nblock 1.1.1.1\nset mode audit # x\n",
		 "set default block\n2: block 1.1.1.1\nset mode audit\n"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(read_text(cases[i][0]), cases[i][1]);
}

static void bad_lines_are_told_with_their_numbers(void **state)
{
	static const char *const cases[][2] = {
		{"1.1.1\n", "f:1: bad destination, near '1.1.1': "},
		{"# x\n\n1.1.1.1\n10.0.0.1/8\n", "f:4: bad destination, near '10.0.0.1/8': "},
		{"1.1.1.1\t7\n", "f:1: unknown word, near '7': "},
		{"1.1.1.1;x\n", "f:1: bad destination, near '1.1.1.1;x': "},
		{"0.0.0.0", "f:1: bad destination, near '0.0.0.0': "},
		{"example_1.com\n", "f:1: bad name, near 'example_1.com': "},
		{"block\n", "f:1: a destination is missing, near 'block': "},
		{"block # x\n", "f:1: a destination is missing, near 'block': "},
		{"block \n", "f:1: a destination is missing, near 'block': "},
		{"block ; x y\n", "f:1: a destination is missing, near 'block': "},
		{"add\n", "f:1: a rule is missing, near 'add': "},
		{"add block", "f:1: a destination is missing, near 'block': "},
		{"blok 1.1.1.1\n", "f:1: unknown verdict, near 'blok': "},
		{"block block 1.1.1.1\n", "f:1: a second verdict, near 'block': "},
		{"del 1.1.1.1\n", "f:1: another command, near 'del': "},
		{"flush\n", "f:1: another command, near 'flush': "},
		{"set default\n", "f:1: bad setting, near 'default': "},
		{"set\n", "f:1: bad setting, near 'set': "},
		{"set default block now\n", "f:1: bad setting, near 'default': "},
		{"set colour red\n", "f:1: unknown setting, near 'colour': "},
		{"block 1.1.1.1 comment \"x\n", "f:1: an open quote, near 'x': "},
		{"1.1.1.1\rallow any\n", "f:1: unknown word, near 'allow': "},
		{"1.1.1.1\033[2J\n", "f:1: bad destination, near '1.1.1.1\\x1b[2J': "},
		{"a\nb\n", "f:1: bad destination, near 'a': "},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *text = read_text(cases[i][0]);

		assert_case(!strncmp(text, "! ", 2), cases[i][0]);
		if (strncmp(text + 2, cases[i][1], strlen(cases[i][1])))
			fail_msg("'%s' gives: %s", cases[i][0], text);
	}
}

/* So that they are printed as lines, in which nothing of the file can make another. */
static void bad_lines_are_an_error_of_lines(void **state)
{
	struct seen seen = {};
	struct rules_file file = file_for(&seen);
	struct error err = {};

	(void)state;
	file.name = "a\nb";
	assert_int_equal(rules_text_read(&file, TEXT("block 1.1.1.1 comment 'x\ry'\n1\v\n"), &err), -1);
	assert_true(err.lines);
	assert_in(err.text, "a\\x0ab:1: bad comment, near 'x\\x0dy': ");
	assert_in(err.text, "\na\\x0ab:2: ");
	assert_null(strchr(strchr(err.text, '\n') + 1, '\n'));
	/* What stops the reading is the taker's, and raw. */
	err = (struct error){};
	seen.stop_at = seen.rules + 1;
	assert_int_equal(rules_text_read(&file, TEXT("1.1.1.1\n"), &err), -1);
	assert_false(err.lines);
	free(seen.text);
}

static void nul_bytes_are_bad(void **state)
{
	static const char text[] = "1.1.1.1\0\n2.2.2.2 # \0\n\0\nblock 3.3.3.3 port 80\0\n# \0\n;\0x\n4.4.4.4";
	struct seen seen = {};
	const char *message = outcome(file_for(&seen), text, sizeof(text) - 1);

	(void)state;
	assert_in(message, "f:1: a NUL byte, near '1.1.1.1': ");
	for (int line = 2; line <= 6; line++) {
		char part[32];

		snprintf(part, sizeof(part), "\nf:%d: a NUL byte, ", line);
		assert_in(message, part);
	}
	assert_null(strstr(message, "f:7:"));
}

static void twenty_are_told_and_the_rest_counted(void **state)
{
	char text[60000];
	const char *message, *at;
	size_t len = 0, lines = 1;

	(void)state;
	/* The worst: long, and every byte is escaped. */
	for (int i = 0; i < 25; i++) {
		memset(text + len, '\001', 200);
		len += 200;
		text[len++] = '\n';
	}
	text[len] = '\0';
	message = read_text(text);
	for (at = message; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, BAD_LINES_TOLD + 1);
	assert_in(message, "\nf:20: ");
	assert_null(strstr(message, "f:21:"));
	assert_int_equal(strcmp(strrchr(message, '\n'), "\nand 5 more"), 0);
	/* Exactly as many as are reported. */
	text[201 * 20] = '\0';
	message = read_text(text);
	assert_in(message, "\nf:20: ");
	assert_null(strstr(message, " more"));
	text[201 * 20] = '\001';
	text[201 * 21] = '\0';
	assert_in(read_text(text), "\nand 1 more");
}

static void what_does_not_fit_is_counted(void **state)
{
	struct seen seen = {};
	struct rules_file file = file_for(&seen);
	char name[3001] = {};
	struct error err = {};

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	file.name = name;
	assert_int_equal(rules_text_read(&file, TEXT("x\ny\nz\n1.1.1.1\nz\n"), &err), -1);
	assert_in(err.text, "n:1: ");
	assert_in(err.text, "n:2: ");
	assert_int_equal(strcmp(strrchr(err.text, '\n'), "\nand 2 more"), 0);
	free(seen.text);
}

static void a_bad_line_does_not_end_the_reading(void **state)
{
	struct seen seen = {};
	const char *message =
		outcome(file_for(&seen), TEXT("1.1.1.1\nbad\n2.2.2.2\nset mode audit\nset x y\nbad 2 3\n"));

	(void)state;
	assert_int_equal(seen.rules, 2);
	assert_int_equal(seen.settings, 2);
	assert_in(message, "f:2: ");
	assert_in(message, "f:5: unknown setting, near 'x'");
	assert_in(message, "f:6: ");
}

static void the_taker_can_refuse_a_line(void **state)
{
	struct seen seen = {.stop_at = 2, .refusal = ERR_INPUT};

	(void)state;
	/* What the line has more of is not told of. */
	assert_string_equal(
		outcome(file_for(&seen), TEXT("1.1.1.1\nblock 2.2.2.2,3.3.3.3\n4.4.4.4\nbad\n")),
		"! f:2: no room\nf:4: bad destination, near 'bad': neither a word for addresses nor a whole name, such as www.example.com");
	assert_int_equal(seen.rules, 3);
	/* Nor is it when the line is nothing but an address. */
	seen = (struct seen){.stop_at = 2, .refusal = ERR_INPUT};
	assert_string_equal(outcome(file_for(&seen), TEXT("1.1.1.1\n2.2.2.2\n4.4.4.4\n")), "! f:2: no room");
	assert_int_equal(seen.rules, 3);
}

static void the_taker_can_stop_it(void **state)
{
	struct seen seen = {.stop_at = 2, .refusal = ERR_FULL};
	struct rules_file file = file_for(&seen);
	struct error err = {};

	(void)state;
	assert_int_equal(read_all(file, TEXT("1.1.1.1\n2.2.2.2\n3.3.3.3\nbad\n"), &err), -1);
	assert_int_equal(err.code, ERR_FULL);
	assert_string_equal(err.text, "no room");
	assert_int_equal(seen.rules, 2);
	free(seen.text);
	/* In the middle of a sentence, and at the end without a newline. */
	seen = (struct seen){.stop_at = 2, .refusal = ERR_FULL};
	assert_int_equal(read_all(file, TEXT("1.1.1.1,2.2.2.2,3.3.3.3 port 80"), &err), -1);
	assert_string_equal(err.text, "no room");
	assert_int_equal(seen.rules, 2);
	free(seen.text);
}

static void verdict_and_set_are_the_callers(void **state)
{
	struct seen seen = {};
	struct rules_file file = file_for(&seen);

	(void)state;
	file.verdict = VERDICT_ALLOW;
	file.set = "feed";
	assert_string_equal(
		outcome(file, TEXT("1.1.1.1\nblock 2.2.2.2\naudit 3.3.3.3 set other\nlan port 1\n4.4.4.4\n")),
		"1: allow 1.1.1.1 set feed\n2: block 2.2.2.2 set feed\n3: audit 3.3.3.3 set feed\n"
		"4: allow 10.0.0.0/8 port 1 set feed\n4: allow 172.16.0.0/12 port 1 set feed\n"
		"4: allow 192.168.0.0/16 port 1 set feed\n4: allow fc00::/7 port 1 set feed\n"
		"5: allow 4.4.4.4 set feed\n");
	seen = (struct seen){};
	file.settings = false;
	assert_in(outcome(file, TEXT("set default block\n")), "f:1: a setting, near 'set': ");
	assert_int_equal(seen.settings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_files),
		cmocka_unit_test(bad_lines_are_told_with_their_numbers),
		cmocka_unit_test(bad_lines_are_an_error_of_lines),
		cmocka_unit_test(nul_bytes_are_bad),
		cmocka_unit_test(twenty_are_told_and_the_rest_counted),
		cmocka_unit_test(what_does_not_fit_is_counted),
		cmocka_unit_test(a_bad_line_does_not_end_the_reading),
		cmocka_unit_test(the_taker_can_refuse_a_line),
		cmocka_unit_test(the_taker_can_stop_it),
		cmocka_unit_test(verdict_and_set_are_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
