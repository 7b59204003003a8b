// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include <signal.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "../../common/bad_lines.h"
#include "../../common/rules_file.h"

#define TEXT(literal) literal, sizeof(literal) - 1

/* What a file's reader was given, as text: "LINE: RULE", "set NAME VALUE", one a line. */
struct seen {
	char *text;
	size_t len, room;
	size_t rules, settings;
	size_t stop_at; /* the rule that is refused, from 1; 0: none */
	enum error_code refusal;
	size_t done, all;
};

static void note(struct seen *seen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void note(struct seen *seen, const char *fmt, ...)
{
	va_list args;

	if (seen->room - seen->len < 4096) {
		seen->room = seen->room * 2 + 8192;
		seen->text = realloc(seen->text, seen->room);
		assert_non_null(seen->text);
	}
	va_start(args, fmt);
	seen->len += (size_t)vsnprintf(seen->text + seen->len, seen->room - seen->len, fmt, args);
	va_end(args);
}

static int take_rule(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct seen *seen = arg;
	char *text;

	if (++seen->rules == seen->stop_at)
		return error_set(err, seen->refusal, "no room");
	text = rule_format(spec);
	note(seen, "%zu: %s\n", line, text);
	free(text);
	return 0;
}

static int take_setting(void *arg, const char *name, const char *value, struct error *err)
{
	struct seen *seen = arg;

	seen->settings++;
	if (strcmp(name, "default") && strcmp(name, "mode"))
		return error_set(err, ERR_USAGE, "unknown setting, near '%s': default or mode", name);
	note(seen, "set %s %s\n", name, value);
	return 0;
}

static void progress(void *arg, size_t done, size_t all)
{
	struct seen *seen = arg;

	assert_true(done >= seen->done);
	seen->done = done;
	seen->all = all;
}

static struct rules_file file_for(struct seen *seen)
{
	return (struct rules_file){
		.name = "f",
		.verdict = VERDICT_BLOCK,
		.settings = true,
		.rule = take_rule,
		.setting = take_setting,
		.progress = progress,
		.arg = seen,
	};
}

/* The same through the kernel, as a regular file and as a pipe with pieces of its own size. */
static int read_as_file(struct rules_file file, const char *text, size_t size, struct error *err)
{
	int fd = memfd_create("rules", 0), ret;
	char name[64];

	assert_int_equal(write(fd, text, size), size);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	file.name = name;
	ret = rules_file_read(&file, err);
	close(fd);
	return ret;
}

static int read_as_pipe(struct rules_file file, const char *text, size_t size, struct error *err)
{
	char name[64];
	int ends[2], ret, status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(ends[0]);
		/* Ends early when the reader does. */
		signal(SIGPIPE, SIG_DFL);
		for (size_t at = 0; at < size;) {
			size_t piece = size - at < 1999 ? size - at : 1999;
			ssize_t put = write(ends[1], text + at, piece);

			if (put < 0)
				break;
			at += (size_t)put;
		}
		_exit(0);
	}
	close(ends[1]);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
	file.name = name;
	ret = rules_file_read(&file, err);
	close(ends[0]);
	waitpid(child, &status, 0);
	return ret;
}

/* Reads the text in all three ways, which must give the same but for the name. Leaves the last in seen and err. */
static int read_all(struct rules_file file, const char *text, size_t size, struct error *err)
{
	struct seen *seen = file.arg, first;
	struct error first_err = {};
	int ret = rules_text_read(&file, text, size, &first_err);

	first = *seen;
	for (int pipe = 0; pipe < 2; pipe++) {
		const char *at = "", *name;

		*seen = (struct seen){.stop_at = first.stop_at, .refusal = first.refusal};
		*err = (struct error){};
		assert_int_equal(pipe ? read_as_pipe(file, text, size, err) : read_as_file(file, text, size, err), ret);
		assert_string_equal(seen->text ? seen->text : "", first.text ? first.text : "");
		assert_int_equal(seen->all, pipe ? 0 : size);
		assert_true(ret || seen->done == size);
		assert_int_equal(err->code, first_err.code);
		/* Line by line: f:7: ... and /proc/self/fd/3:7: ... */
		name = first_err.text;
		for (at = err->text; *at && *name; at = strchrnul(at, '\n'), name = strchrnul(name, '\n')) {
			at += *at == '\n';
			name += *name == '\n';
			if (strncmp(at, "/proc/", 6) || strncmp(name, "f:", 2))
				continue;
			at = strchr(at, ':');
			name = strchr(name, ':');
			assert_int_equal(strcspn(at, "\n"), strcspn(name, "\n"));
			assert_memory_equal(at, name, strcspn(at, "\n"));
		}
		if (!pipe)
			free(seen->text);
	}
	free(first.text);
	*err = first_err;
	return ret;
}

/* The reading of a text with file's own settings; err's text when it fails. */
static const char *outcome(struct rules_file file, const char *text, size_t size)
{
	static char out[65536];
	struct error err = {};

	if (read_all(file, text, size, &err)) {
		struct seen *seen = file.arg;

		snprintf(out, sizeof(out), "! %s", err.text);
		assert_true(seen->rules || !seen->stop_at);
	} else {
		struct seen *seen = file.arg;

		snprintf(out, sizeof(out), "%s", seen->text ? seen->text : "");
	}
	free(((struct seen *)file.arg)->text);
	return out;
}

static const char *read_text(const char *text)
{
	struct seen seen = {};

	return outcome(file_for(&seen), text, strlen(text));
}

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
		{"example.com\n", "f:1: bad destination, near 'example.com': "},
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
		{"block 1.1.1.1 comment \"x\n", "f:1: a quote is left open, near 'x': "},
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
	/* Exactly as many as are told. */
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
	assert_string_equal(outcome(file_for(&seen), TEXT("1.1.1.1\n2.2.2.2,3.3.3.3\n4.4.4.4\nbad\n")),
			    "! f:2: no room\nf:4: bad destination, near 'bad': did you mean 'lan'?");
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
		cmocka_unit_test(lines_have_up_to_64_kib),
		cmocka_unit_test(pieces_end_anywhere),
		cmocka_unit_test(what_is_saved_is_saved_the_same_again),
		cmocka_unit_test(files_that_cannot_be_read_say_so),
		cmocka_unit_test(a_dash_is_standard_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
