// SPDX-License-Identifier: GPL-2.0-only
/* Long lines, pieces of any length, and where a file comes from. */
#include "unit.h"
#include "rules_file.h"

/* A line of so many bytes in all, its newline not counted. */
static size_t long_line(char *to, size_t len, const char *start)
{
	memset(to, 'x', len);
	memcpy(to, start, strlen(start));
	to[len] = '\n';
	return len + 1;
}

static void lines_have_up_to_64_kib(void **state)
{
	static const size_t lengths[] = {65535, 65536, 65537, 262143, 262144, 262145, 700000};
	static const char *const starts[] = {"1.1.1.1 #", "block 1.1.1.1 # ", "1.1.1.1 port 80 # ", "#", "; "};
	char *text = malloc(800000);

	(void)state;
	for (size_t i = 0; i < LENGTH(lengths); i++) {
		for (size_t j = 0; j < LENGTH(starts); j++) {
			struct seen seen = {};
			size_t len = (size_t)sprintf(text, "9.9.9.9\n");
			const char *out;

			len += long_line(text + len, lengths[i], starts[j]);
			/* The end of the file is an end of the line too. */
			if (lengths[i] % 2)
				len--;
			else
				len += (size_t)sprintf(text + len, "8.8.8.8");
			out = outcome(file_for(&seen), text, len);
			if (lengths[i] > 65536)
				assert_in(out, "! f:2: a line of more than 65536 bytes, near '");
			else
				assert_case(out[0] == '1', starts[j]);
			assert_null(strstr(out, "f:3:"));
			if (lengths[i] > 65536)
				continue;
			assert_case(!strstr(out, "2: block 1.1.1.1") == (strchr("#;", starts[j][0]) != NULL),
				    starts[j]);
			assert_case((strstr(out, "3: block 8.8.8.8") == NULL) == (lengths[i] % 2 == 1), starts[j]);
		}
	}
	free(text);
}

/* Lines lie across the ends of the pieces in all ways. */
static void pieces_end_anywhere(void **state)
{
	size_t size = 0, room = 900000, len = 0;
	char *text = malloc(room), *expected = malloc(2 * room);
	struct seen seen = {};
	struct error err = {};
	uint64_t random = 9;
	size_t line = 0;

	(void)state;
	while (size < room - 1000) {
		unsigned int n = (unsigned int)(unit_random(&random) >> 40) | 0x01000000;
		char address[32];

		line++;
		snprintf(address, sizeof(address), "%u.%u.%u.%u", n >> 24 & 255, n >> 16 & 255, n >> 8 & 255, n & 255);
		switch (unit_random(&random) >> 61) {
		case 0:
			size += (size_t)sprintf(text + size, "# %s\n", address);
			break;
		case 1:
			size += (size_t)sprintf(text + size, "allow %s\n", address);
			len += (size_t)sprintf(expected + len, "%zu: allow %s\n", line, address);
			break;
		case 2:
			size += (size_t)sprintf(text + size, "%s port 80 comment \"x y\" ; %*s\n", address,
						(int)(n % 900), "");
			len += (size_t)sprintf(expected + len, "%zu: block %s port 80 comment \"x y\"\n", line,
					       address);
			break;
		default:
			size += (size_t)sprintf(text + size, "%s\n", address);
			len += (size_t)sprintf(expected + len, "%zu: block %s\n", line, address);
		}
	}
	assert_int_equal(read_all(file_for(&seen), text, size, &err), 0);
	assert_int_equal(seen.len, len);
	assert_memory_equal(seen.text, expected, len);
	free(seen.text);
	free(text);
	free(expected);
}

/* save, restore, save: not a byte is another. */
static void what_is_saved_is_saved_the_same_again(void **state)
{
	static const char saved[] =
		"set default block\n"
		"block 1.1.1.1\n"
		"allow 10.0.0.0/8 port 443 proto tcp uid 1000 timeout 2h30m set x errno EACCES comment \"a\"\n"
		"audit 2001:db8::/32 port 8000-8100 proto raw cgroup \"/a \\\"b\\\"\"\n"
		"block ::1 cgroup /system.slice/web.service comment \"# \\\\ ; 'x'\"\n"
		"block ::/0 proto 200 set feed-1.2\n"
		"block 0.0.0.0/0 port 0\n";
	struct seen seen = {};
	struct rules_file file = file_for(&seen);
	struct error err = {};
	char again[sizeof(saved)];
	size_t len = 0;

	(void)state;
	/* Raw has no ports. */
	assert_int_equal(rules_text_read(&file, saved, sizeof(saved) - 1, &err), -1);
	free(seen.text);
	seen = (struct seen){};
	err = (struct error){};
	strcpy(again, saved);
	memcpy(strstr(again, "raw"), "udp", 3);
	assert_int_equal(rules_text_read(&file, again, sizeof(again) - 1, &err), 0);
	for (char *line = strtok(seen.text, "\n"), *expected = again; line; line = strtok(NULL, "\n")) {
		char *rule = strncmp(line, "set ", 4) ? strchr(line, ' ') + 1 : line;

		assert_memory_equal(rule, expected, strlen(rule));
		assert_int_equal(expected[strlen(rule)], '\n');
		expected += strlen(rule) + 1;
		len += strlen(rule) + 1;
	}
	assert_int_equal(len, sizeof(again) - 1);
	free(seen.text);
}

static void files_that_cannot_be_read_say_so(void **state)
{
	struct seen seen = {};
	struct rules_file file = file_for(&seen);
	struct error err = {};

	(void)state;
	file.name = "/nonexistent/rules";
	assert_int_equal(rules_file_read(&file, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_string_equal(err.text, "cannot open /nonexistent/rules: No such file or directory");
	file.name = "/";
	err = (struct error){};
	assert_int_equal(rules_file_read(&file, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_string_equal(err.text, "cannot read /: Is a directory");
	file.name = "/dev/null";
	err = (struct error){};
	assert_int_equal(rules_file_read(&file, &err), 0);
	assert_int_equal(seen.rules, 0);
}

static void a_dash_is_standard_input(void **state)
{
	static const char text[] = "1.1.1.1\nbad\n";
	int fd = memfd_create("rules", 0), saved = dup(STDIN_FILENO);
	struct seen seen = {};
	struct rules_file file = file_for(&seen);
	struct error err = {};

	(void)state;
	assert_int_equal(pwrite(fd, text, sizeof(text) - 1, 0), sizeof(text) - 1);
	dup2(fd, STDIN_FILENO);
	close(fd);
	file.name = "-";
	assert_int_equal(rules_file_read(&file, &err), -1);
	/* It stays open, and is at its end. */
	assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_CUR), sizeof(text) - 1);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	assert_int_equal(strncmp(err.text, "-:2: bad destination, near 'bad': ", 34), 0);
	free(seen.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_have_up_to_64_kib),
		cmocka_unit_test(pieces_end_anywhere),
		cmocka_unit_test(what_is_saved_is_saved_the_same_again),
		cmocka_unit_test(files_that_cannot_be_read_say_so),
		cmocka_unit_test(a_dash_is_standard_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
