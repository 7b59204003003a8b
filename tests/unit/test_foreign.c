// SPDX-License-Identifier: GPL-2.0-only
/* Lists of which nobody says what they are, and lists of any length. */
#include "lists.h"
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "rule/file.h"

static void recognised(void **state)
{
	static const struct list_case cases[] = {
		{FOREIGN_UNSAID, "", "# x\n1.1.1.1\nbad\n1.1.1.2\n", "1.1.1.1 1.1.1.2\nf:3: no address, near 'bad'"},
		{FOREIGN_UNSAID, "", "1.1.1.1\t7\n1.1.1.2\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_UNSAID, "", "seen,ip\n2026,1.1.1.1\n", "1.1.1.1"},
		{FOREIGN_UNSAID, "", "\"1.1.1.1\",\"x\"\n", "1.1.1.1"},
		{FOREIGN_UNSAID, "", "1.1.1.0/255.255.255.0\n", "1.1.1.0/24"},
		{FOREIGN_UNSAID, "", "create a hash:ip\nadd a 1.1.1.1\n", "1.1.1.1"},
		{FOREIGN_UNSAID, "", "add a 1.1.1.1\n", "1.1.1.1"},
		{FOREIGN_UNSAID, "", "[\n\"1.1.1.1\"\n]\n", "1.1.1.1"},
		{FOREIGN_UNSAID, "/ip", "{\"ip\":\"1.1.1.1\"}\n", "1.1.1.1"},
		{FOREIGN_UNSAID, "2", "1.1.1.0,1.1.1.9\n", "1.1.1.9"},
		{FOREIGN_UNSAID, "2", "1.1.1.0 1.1.1.9\n", "1.1.1.9"},
		{FOREIGN_UNSAID, "ip", "ip,gateway\n1.1.1.0,1.1.1.9\n", "1.1.1.0"},
		{FOREIGN_UNSAID, "", "1.1.1.0,1.1.1.9\n", "! f:1: two columns of addresses: say '--format range'"},
		{FOREIGN_UNSAID, "", "1.1.1.0 255.255.255.0\n",
		 "! f:1: two columns of addresses: say '--format range'"},
		{FOREIGN_UNSAID, "", "1.1.1.0 x\n1.1.1.1 1.1.1.2\n", "! f:2: two columns of addresses"},
		{FOREIGN_UNSAID, "", "add block 1.1.1.1\n", "1.1.1.1"}, /* lsmctl's own, in columns */
		{FOREIGN_UNSAID, "", "block 1.1.1.1\nallow 1.1.1.2\n", "! f:2: a line that lets an address through"},
		{FOREIGN_UNSAID, "", "1.1.1.1,deny\n1.1.1.2,Allow\n", "! f:2: a line that lets an address through"},
		{FOREIGN_UNSAID, "2", "block 1.1.1.1\nallow 1.1.1.2\n", "1.1.1.1 1.1.1.2"},
		{FOREIGN_UNSAID, "", "x = { 1.1.1.1, 1.1.1.2 }\n", "! f:1: two columns of addresses"},
		{FOREIGN_UNSAID, "", "1.1.1.1 to (1.1.1.2:80)\n", "! f:1: two columns of addresses"},
		{FOREIGN_UNSAID, "", "1.1.1.1,1.1.1.2:80\n", "! f:1: two columns of addresses"},
		{FOREIGN_UNSAID, "", "1.1.1.1,x\ny 1.1.1.2\n", "! f:1: the lines are of more than one kind"},
		{FOREIGN_UNSAID, "", "a,1.1.1.1\n1.1.1.2,b\n", "! f:1: the lines are of more than one kind"},
		{FOREIGN_UNSAID, "", "0.0.0.0 ads.example\n0.0.0.0 more.example\n", "! f:1: a hosts file"},
		{FOREIGN_UNSAID, "", "192.0.2.7 www.example\n", "! f:1: a hosts file"},
		{FOREIGN_UNSAID, "1", "192.0.2.7 www.example\n", "192.0.2.7"},
		{FOREIGN_UNSAID, "", "ads.example\nmore.example\n", "! f:1: a list of names"},
		{FOREIGN_UNSAID, "", "||ads.example^\n", "! f:1: a list of names"},
		{FOREIGN_UNSAID, "", "this is\nnothing at all\n", "! f:1: no kind of list that can be told"},
		{FOREIGN_UNSAID, "", "<!DOCTYPE html>\n", "! f:1: a page of HTML or XML"},
		{FOREIGN_PLAIN, "", "<html>\n", "! f:1: a page of HTML or XML"},
		{FOREIGN_UNSAID, "", "\x1f\x8b\x08x", "! f is compressed: type 'zcat f | lsmctl import'"},
		{FOREIGN_UNSAID, "", "PK\x03\x04", "! f is compressed: type 'unzip -p f | lsmctl import'"},
		{FOREIGN_UNSAID, "",
		 "\xff\xfe"
		 "1",
		 "! f is text in UTF-16: type 'iconv -f UTF-16 -t UTF-8 f |"},
		{FOREIGN_UNSAID, "", "Name: a\nType: hash:ip\nMembers:\n1.1.1.1\n",
		 "! f:1: the output of 'ipset list'"},
		{FOREIGN_UNSAID, "", "", ""},
		{FOREIGN_UNSAID, "", "# nothing\n\n", ""},
	};

	(void)state;
	check(cases, LENGTH(cases));
}

/* What comes behind the lines by which a kind was told is held against it too. */
static void a_guess_must_hold(void **state)
{
	static const struct {
		const char *line, *other, *wanted;
	} cases[] = {
		{"1.1.1.1\n", "1.1.1.1 1.1.1.2\n", ":200001: more than an address"},
		{"1.1.1.1\n", "1.1.1.1,1.1.1.2\n", "no address, near '1.1.1.1,1.1.1.2'"},
		{"1.1.1.1 x\n", "1.1.1.1 1.1.1.2\n", ":200001: two columns of addresses"},
		{"1.1.1.1 x\n", "y 1.1.1.2\n", ":200001: two columns of addresses"},
		{"1.1.1.1,x\n", "1.1.1.1,1.1.1.2\n", ":200001: two columns of addresses"},
		{"1.1.1.1 x\n", "1.1.1.2 {1.1.1.3}\n", ":200001: two columns of addresses"},
		{"block 1.1.1.1\n", "allow 1.1.1.2\n", ":200001: a line that lets an address through"},
		{"1.1.1.1 x\n", "0.0.0.0 ads.example\n", ":200001: a hosts file"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		size_t len = strlen(cases[i].line);
		char *text = malloc(200000 * len + 64);
		struct outcome *o;

		assert_non_null(text);
		for (size_t k = 0; k < 200000; k++)
			memcpy(text + k * len, cases[i].line, len);
		strcpy(text + 200000 * len, cases[i].other);
		o = read_list(FOREIGN_UNSAID, "", text, 200000 * len + strlen(cases[i].other), -1);
		assert_in(o->text, cases[i].wanted);
		outcome_free(o);
		free(text);
	}
}

/* But for the names of files. */
static bool same_text(const struct outcome *a, const struct outcome *b)
{
	size_t len = strcspn(a->text, "\n");

	return a->ret || (len == strcspn(b->text, "\n") && !memcmp(a->text, b->text, len));
}

/* The same list from memory, a file, and a pipe whose pieces end anywhere. */
static void pieces(enum foreign_format format, const char *columns, const char *text, size_t size)
{
	struct outcome *wanted = read_list(format, columns, text, size, -1), *got;
	int fd = memfd_create("list", 0), ends[2], status;
	pid_t child;

	assert_int_equal(write(fd, text, size), size);
	got = read_list(format, columns, NULL, 0, fd);
	assert_int_equal(got->ret, wanted->ret);
	assert_true(same_text(wanted, got));
	assert_memory_equal(&got->counts, &wanted->counts, sizeof(got->counts));
	outcome_free(got);
	close(fd);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		close(ends[0]);
		for (size_t at = 0; at < size; at += 997) {
			if (write(ends[1], text + at, size - at < 997 ? size - at : 997) < 0)
				break;
		}
		_exit(0);
	}
	close(ends[1]);
	got = read_list(format, columns, NULL, 0, ends[0]);
	close(ends[0]);
	waitpid(child, &status, 0);
	assert_int_equal(got->ret, wanted->ret);
	assert_true(same_text(wanted, got));
	assert_memory_equal(&got->counts, &wanted->counts, sizeof(got->counts));
	outcome_free(got);
	outcome_free(wanted);
}

static void lists_of_any_length(void **state)
{
	static const struct {
		enum foreign_format format;
		const char *columns, *begin, *line, *end;
	} cases[] = {
		{FOREIGN_PLAIN, "", "", "%u.1.2.3\n", ""},
		{FOREIGN_CSV, "2", "a,b\n", "\"x\ny\",%u.1.2.3,\"\"\n", ""},
		{FOREIGN_JSON, "/a/ip", "{\"a\":[{}", ",{\"ip\": \"%u.1.2.3\"}\n", "]}"},
		{FOREIGN_JSON, "/ip", "", "{\"ip\": \"%u.1.2.3\"}", ""},
		{FOREIGN_IPSET, "", "create a hash:ip\n", "add a %u.1.2.3\n", ""},
		{FOREIGN_RANGE, "", "", "%u.1.2.2,%1$u.1.2.3\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		fputs(cases[i].begin, to);
		for (unsigned int k = 0; k < 20000; k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			fprintf(to, cases[i].line, k % 223 + 1);
#pragma GCC diagnostic pop
		}
		fputs(cases[i].end, to);
		fclose(to);
		pieces(cases[i].format, cases[i].columns, text, size);
		free(text);
	}
}

static void lines_too_long(void **state)
{
	static const size_t lengths[] = {65535, 65536, 65537, 131072, 400000};

	(void)state;
	for (size_t i = 0; i < LENGTH(lengths); i++) {
		size_t size = lengths[i] + 20;
		char *text = malloc(size);
		struct outcome *o;

		assert_non_null(text);
		memset(text, '#', size);
		memcpy(text, "1.1.1.1 #", 9);
		memcpy(text + lengths[i], "\n1.1.1.2\n1.1.1.3\n   ", 20);
		o = read_list(FOREIGN_PLAIN, "", text, size, -1);
		assert_string_equal(o->text, lengths[i] <= 65536
						     ? "1.1.1.1 1.1.1.2 1.1.1.3"
						     : "1.1.1.2 1.1.1.3\nf:1: a line of more than 65536 bytes");
		outcome_free(o);
		pieces(FOREIGN_PLAIN, "", text, size);
		free(text);
	}
}

static void restore_names_what_is_foreign(void **state)
{
	(void)state;
	/* restore's own reading of a range with blanks, and of two columns. */
	struct error err = {};
	struct rules_file file = {.name = "f"};

	assert_int_equal(rules_text_read(&file, TEXT("1.1.1.1,1.1.1.2\n"), &err), -1);
	assert_in(err.text, "f:1: two columns of addresses, near '1.1.1.1 1.1.1.2'");
	err.code = ERR_NONE;
	assert_int_equal(rules_text_read(&file, TEXT("[\"1.1.1.1\"]\n"), &err), -1);
	assert_string_equal(err.text,
			    "f: this is JSON: 'lsmctl import --column POINTER f | lsmctl restore --set NAME -' "
			    "reads it");
	err.code = ERR_NONE;
	assert_int_equal(rules_text_read(&file, TEXT("seen,ip\nx,1.1.1.1\ny,1.1.1.2\nz,1.1.1.3\n"), &err), -1);
	assert_in(err.text, "\nf: this is CSV: 'lsmctl import f | lsmctl restore --set NAME -' reads it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognised),
		cmocka_unit_test(a_guess_must_hold),
		cmocka_unit_test(lists_of_any_length),
		cmocka_unit_test(lines_too_long),
		cmocka_unit_test(restore_names_what_is_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
