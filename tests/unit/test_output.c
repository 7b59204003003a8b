// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"
#include <errno.h>
#include <time.h>
#include <unistd.h>
#include "shared/output.h"
#include "rule/json.h"
#include "rule/duration.h"
#include "rule/prefix.h"
#include "base/time.h"
#include "shared/rules_json.h"

static int real_fd, captured_fd;
static FILE *captured;

static void capture_fd(int fd)
{
	captured = tmpfile();
	assert_non_null(captured);
	fflush(stdout);
	captured_fd = fd;
	real_fd = dup(fd);
	dup2(fileno(captured), fd);
}

static void capture(void)
{
	capture_fd(STDOUT_FILENO);
}

/* What was written since capture(). */
static const char *release(void)
{
	static char text[65536];
	size_t len;

	fflush(stdout);
	dup2(real_fd, captured_fd);
	close(real_fd);
	rewind(captured);
	len = fread(text, 1, sizeof(text) - 1, captured);
	text[len] = '\0';
	fclose(captured);
	return text;
}

static struct rule_info rule(const char *destination, enum verdict verdict, const char *comment)
{
	struct rule_info info = {};
	struct prefixes list = {};
	struct error err = {};

	assert_int_equal(prefixes_parse(&list, destination, &err), 0);
	rule_init(&info.spec, verdict);
	info.spec.prefix = list.at[0];
	strcpy(info.spec.comment, comment);
	prefixes_free(&list);
	return info;
}

static void a_rule_has_every_field_of_the_contract(void **state)
{
	struct rule_info info = rule("1.1.1.1", VERDICT_BLOCK, "");
	char *text;
	json_t *json;

	(void)state;
	info.id = 1;
	json = output_rule(&info);
	text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
	assert_string_equal(
		text,
		"{\"id\":1,\"verdict\":\"block\",\"destination\":\"1.1.1.1\",\"prefix\":\"1.1.1.1/32\",\"family\":\"inet\","
		"\"port\":null,\"proto\":null,\"subject\":null,\"errno\":\"EPERM\","
		"\"timeout_left\":null,\"set\":null,\"comment\":null,\"hits\":0,\"last_hit\":null}");
	free(text);
	json_decref(json);
}

static void a_rule_says_its_family_comment_and_hits(void **state)
{
	struct rule_info info = rule("2001:db8::/32", VERDICT_AUDIT, "say \"hi\" caf\xc3\xa9");
	json_t *json;

	(void)state;
	info.spec.error = EACCES;
	info.hits = UINT64_C(1) << 53;
	info.last_hit = 1;
	json = output_rule(&info);
	assert_true(json_is_null(json_object_get(json, "id")));
	assert_string_equal(json_string_value(json_object_get(json, "verdict")), "audit");
	assert_string_equal(json_string_value(json_object_get(json, "destination")), "2001:db8::/32");
	assert_string_equal(json_string_value(json_object_get(json, "prefix")), "2001:db8::/32");
	assert_string_equal(json_string_value(json_object_get(json, "family")), "inet6");
	assert_string_equal(json_string_value(json_object_get(json, "errno")), "EACCES");
	assert_string_equal(json_string_value(json_object_get(json, "comment")), "say \"hi\" caf\xc3\xa9");
	assert_int_equal(json_integer_value(json_object_get(json, "hits")), INT64_C(1) << 53);
	assert_non_null(json_string_value(json_object_get(json, "last_hit")));
	json_decref(json);
}

/* Returns one field of a rule as text, or "" when it does not exist. */
static const char *field(const struct rule_info *info, const char *name)
{
	static char text[RULE_JSON_SIZE];
	json_t *json = output_rule(info);
	size_t len = json_dumpb(json_object_get(json, name), text, sizeof(text) - 1, JSON_COMPACT | JSON_ENCODE_ANY);

	text[len] = '\0';
	json_decref(json);
	return text;
}

static void ports_are_a_number_or_a_range(void **state)
{
	static const struct {
		uint16_t lo, hi;
		const char *text;
	} cases[] = {
		{0, 65535, "null"},	 {0, 0, "0"},
		{443, 443, "443"},	 {80, 443, "\"80-443\""},
		{65535, 65535, "65535"}, {1, 65535, "\"1-65535\""},
	};
	struct rule_info info = rule("1.1.1.1", VERDICT_BLOCK, "");

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		info.spec.port_lo = cases[i].lo;
		info.spec.port_hi = cases[i].hi;
		assert_string_equal(field(&info, "port"), cases[i].text);
	}
}

static void protocols_are_names_or_numbers(void **state)
{
	static const struct {
		uint16_t proto;
		const char *text;
	} cases[] = {
		{PROTO_ANY, "null"},	{6, "\"tcp\""}, {17, "\"udp\""}, {1, "\"icmp\""}, {132, "\"sctp\""},
		{PROTO_RAW, "\"raw\""}, {0, "0"},	{253, "253"},	 {255, "255"},
	};
	struct rule_info info = rule("1.1.1.1", VERDICT_BLOCK, "");

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		info.spec.proto = cases[i].proto;
		assert_string_equal(field(&info, "proto"), cases[i].text);
	}
}

static void subjects_are_objects(void **state)
{
	struct rule_info info = rule("1.1.1.1", VERDICT_BLOCK, "");
	char path[CGROUP_SIZE] = "";

	(void)state;
	assert_string_equal(field(&info, "subject"), "null");
	info.spec.subject = SUBJECT_UID;
	assert_string_equal(field(&info, "subject"), "{\"uid\":0,\"user\":\"root\"}");
	info.spec.id = 4294967294; /* a uid that no user has */
	assert_string_equal(field(&info, "subject"), "{\"uid\":4294967294,\"user\":null}");
	info.spec.subject = SUBJECT_CGROUP;
	info.spec.cgroup = "/system.slice/a \"b\".service";
	info.cgroups_now = -1;
	assert_string_equal(field(&info, "subject"), "{\"cgroup\":\"/system.slice/a \\\"b\\\".service\",\"now\":null}");
	info.cgroups_now = 4294967296;
	assert_string_equal(field(&info, "subject"),
			    "{\"cgroup\":\"/system.slice/a \\\"b\\\".service\",\"now\":4294967296}");
	info.spec.cgroup = "a\\x2db@1.service";
	assert_string_equal(field(&info, "subject"), "{\"unit\":\"a\\\\x2db@1.service\",\"now\":4294967296}");
	info.spec.cgroup = "_io.service";
	info.cgroups_now = 0;
	assert_string_equal(field(&info, "subject"), "{\"unit\":\"io.service\",\"now\":0}");
	memset(path, '\xff', CGROUP_SIZE - 1);
	info.spec.cgroup = path;
	memset(info.spec.comment, '\x1b', COMMENT_SIZE - 1);
	memset(info.spec.set, '\\', SET_SIZE - 1);
	assert_true(strlen(field(&info, "subject")) > 5 * (CGROUP_SIZE - 1));
	assert_int_equal(strlen(field(&info, "comment")), 5 * (COMMENT_SIZE - 1) + 2);
}

static void the_time_left_is_seconds_that_have_begun(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{0, "null"},
		{1, "1"},
		{UINT64_C(1000000000), "1"},
		{UINT64_C(1000000001), "2"},
		{DURATION_MAX, "3153600000"},
	};
	struct rule_info info = rule("1.1.1.1", VERDICT_BLOCK, "");

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		info.spec.timeout = cases[i].ns;
		assert_string_equal(field(&info, "timeout_left"), cases[i].text);
	}
}

static void a_set_has_its_name(void **state)
{
	struct rule_info info = rule("1.1.1.1", VERDICT_BLOCK, "");

	(void)state;
	assert_string_equal(field(&info, "set"), "null");
	strcpy(info.spec.set, "web-1.x_y");
	assert_string_equal(field(&info, "set"), "\"web-1.x_y\"");
}

/* A map that another program wrote into: its content is as untrusted as an argument. */
static void text_that_is_not_plain_is_escaped_in_json(void **state)
{
	static const char *const cases[][2] = {
		{"\xff\xfe", "\\xff\\xfe"}, {"\033[2J", "\\x1b[2J"}, {"\xe2\x80\xae", "\\xe2\\x80\\xae"},
		{"plain", "plain"},	    {"a\"b", "a\"b"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		json_t *string = output_string(cases[i][0]);

		assert_string_equal(json_string_value(string), cases[i][1]);
		json_decref(string);
	}
}

static void a_document_is_one_line_or_indented(void **state)
{
	struct output out = {.json = true};
	const char *text;

	(void)state;
	capture();
	output_json(&out, output_root());
	text = release();
	assert_string_equal(text, "{\"schema\":2}\n");
	out.pretty = true;
	capture();
	output_json(&out, output_root());
	text = release();
	assert_string_equal(text, "{\n  \"schema\": 2\n}\n");
}

/* What an error looks like, as text or JSON. */
static const char *told(const struct error *err, bool json)
{
	const struct output out = {.json = json};

	capture_fd(json ? STDOUT_FILENO : STDERR_FILENO);
	output_error(&out, err);
	return release();
}

static void an_error_is_one_line_of_plain_text(void **state)
{
	struct error err = {};

	(void)state;
	error_set(&err, ERR_NOT_LOADED, "not loaded (run 'lsmctl load')");
	assert_string_equal(told(&err, false), "lsmctl: not loaded (run 'lsmctl load')\n");
	assert_string_equal(told(&err, true), "{\"schema\":2,\"error\":{\"code\":\"not_loaded\","
					      "\"message\":\"not loaded (run 'lsmctl load')\"}}\n");
	/* A newline of the user's is no end of a line, whatever follows it. */
	err = (struct error){};
	error_set(&err, ERR_INPUT, "near '%s'", "x\nlsmctl: y\033[2J\xff\"\\");
	assert_string_equal(told(&err, false), "lsmctl: near 'x\\x0alsmctl: y\\x1b[2J\\xff\"\\'\n");
	assert_string_equal(told(&err, true), "{\"schema\":2,\"error\":{\"code\":\"bad_input\",\"message\":"
					      "\"near 'x\\\\x0alsmctl: y\\\\x1b[2J\\\\xff\\\"\\\\'\"}}\n");
}

static void an_error_of_lines_is_as_many_lines(void **state)
{
	struct error err = {};

	(void)state;
	/* The last character of the first line is cut in two; an escaped newline stays one. */
	error_set_lines(&err, ERR_INPUT, "f:1: x\xc3\nf:20: a\\x0ab\nand 5 more");
	assert_string_equal(told(&err, false), "lsmctl: f:1: x\\xc3\nlsmctl: f:20: a\\x0ab\nlsmctl: and 5 more\n");
	assert_string_equal(told(&err, true), "{\"schema\":2,\"error\":{\"code\":\"bad_input\",\"message\":"
					      "\"f:1: x\\\\xc3\\nf:20: a\\\\x0ab\\nand 5 more\"}}\n");
}

static void print_table(const struct output *out)
{
	static const char *const header[] = {"ID", "NAME", "LAST"};
	struct table table = table_open(out, 3, header);

	table_cell(&table, "%d", 1);
	table_cell(&table, "caf\xc3\xa9");
	table_cell(&table, "x");
	table_cell(&table, "%d", 1000);
	table_cell(&table, "tab\tand\nline");
	table_cell(&table, "%s", "");
	table_close(&table);
}

static void columns_are_aligned_and_cells_escaped(void **state)
{
	const struct output plain = {}, terse = {.terse = true}, color = {.color = true};

	(void)state;
	capture();
	print_table(&plain);
	assert_string_equal(release(), "ID    NAME                LAST\n"
				       "1     caf\xc3\xa9                x\n"
				       "1000  tab\\x09and\\x0aline\n");
	capture();
	print_table(&terse);
	assert_string_equal(release(), "1\tcaf\xc3\xa9\tx\n1000\ttab\\x09and\\x0aline\t\n");
	capture();
	print_table(&color);
	assert_true(!strncmp(release(), "\033[1mID", 6));
}

static void an_empty_table_is_its_header(void **state)
{
	static const char *const header[] = {"ID", "NAME"};
	const struct output plain = {}, terse = {.terse = true};
	struct table table;

	(void)state;
	capture();
	table = table_open(&plain, 2, header);
	table_close(&table);
	assert_string_equal(release(), "ID  NAME\n");
	capture();
	table = table_open(&terse, 2, header);
	table_close(&table);
	assert_string_equal(release(), "");
}

static void changes_are_signed(void **state)
{
	const struct output plain = {}, color = {.color = true};

	(void)state;
	capture();
	output_change(&plain, stdout, '+', "block 1.1.1.1");
	output_change(&plain, stdout, '-', "allow 1.1.1.1");
	assert_string_equal(release(), "+ block 1.1.1.1\n- allow 1.1.1.1\n");
	/* What is removed may have come from a map that somebody else wrote into. */
	capture();
	output_change(&plain, stdout, '-', "block 1.1.1.1 comment \"\033[2J\n\"");
	assert_string_equal(release(), "- block 1.1.1.1 comment \"\\x1b[2J\\x0a\"\n");
	capture();
	output_change(&color, stdout, '+', "x");
	output_change(&color, stdout, '-', "x");
	assert_string_equal(release(), "\033[32m+ x\033[0m\n\033[31m- x\033[0m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_has_every_field_of_the_contract),
		cmocka_unit_test(a_rule_says_its_family_comment_and_hits),
		cmocka_unit_test(ports_are_a_number_or_a_range),
		cmocka_unit_test(protocols_are_names_or_numbers),
		cmocka_unit_test(subjects_are_objects),
		cmocka_unit_test(the_time_left_is_seconds_that_have_begun),
		cmocka_unit_test(a_set_has_its_name),
		cmocka_unit_test(text_that_is_not_plain_is_escaped_in_json),
		cmocka_unit_test(a_document_is_one_line_or_indented),
		cmocka_unit_test(an_error_is_one_line_of_plain_text),
		cmocka_unit_test(an_error_of_lines_is_as_many_lines),
		cmocka_unit_test(columns_are_aligned_and_cells_escaped),
		cmocka_unit_test(an_empty_table_is_its_header),
		cmocka_unit_test(changes_are_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
