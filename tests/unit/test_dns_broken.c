// SPDX-License-Identifier: GPL-2.0-only
/* Broken and forged answers, as bpf/dns.h reads them: nothing is learned of any. */
#include "dns.h"

/* Each makes an answer that names no address, or none that is of the question's name. */
static void no_answer(void)
{
	put_answer("a", 0);
}
static void query(void)
{
	put_head(0x0100, 1, 1);
	put_question("a", 1);
	put_address(60);
}
static void other_opcode(void)
{
	put_head(0x9180, 1, 1);
	put_question("a", 1);
	put_address(60);
}
static void no_such_name(void)
{
	put_head(0x8183, 1, 1);
	put_question("a", 1);
	put_address(60);
}
static void no_question(void)
{
	put_head(0x8180, 0, 1);
	put_question("a", 1);
	put_address(60);
}
static void two_questions(void)
{
	put_head(0x8180, 2, 1);
	put_question("a", 1);
	put_question("a", 1);
	put_address(60);
}
static void cut_short(void)
{
	put_head(0x8380, 1, 1);
	put_question("a", 1);
	put_address(60);
}
static void chaos_question(void)
{
	put_head(0x8180, 1, 1);
	put_name("a");
	put_16(1);
	put_16(3);
	put_address(60);
}
static void chaos_record(void)
{
	put_answer("a", 1);
	put_name("a");
	put_record(1, 3, 60, address4, 4);
}
static void only_a_head(void)
{
	put_head(0x8180, 1, 1);
}
static void less_than_a_head(void)
{
	put_head(0x8180, 1, 1);
	len = 11;
}
static void question_without_end(void)
{
	put_head(0x8180, 1, 1);
	put("\3abc", 4);
}
static void question_without_class(void)
{
	put_head(0x8180, 1, 1);
	put_name("a");
	put_16(1);
}
static void pointer_in_question(void)
{
	put_head(0x8180, 1, 1);
	put("\xc0\x0c", 2);
	put_16(1);
	put_16(1);
	put_address(60);
}
static void pointer_to_the_head(void)
{
	put_answer("a", 1);
	put("\xc0\x08", 2);
	put_record(1, 1, 60, address4, 4);
	memcpy(message.bytes + 8, "\1a", 3); /* the number of other records, which nothing reads */
}
static void pointer_to_itself(void)
{
	put_answer("a", 1);
	put("\xc0\x13", 2);
	put_record(1, 1, 60, address4, 4);
}
static void pointers_in_a_circle(void)
{
	put_answer("a", 1);
	put("\1x\xc0\x13", 4);
	put_record(1, 1, 60, address4, 4);
}
static void pointer_forward(void)
{
	put_answer("a", 1);
	put("\xc0\x23", 2);
	put_record(1, 1, 60, address4, 4);
	assert_int_equal(len, 0x23);
	put_name("a");
}
static void half_a_pointer(void)
{
	put_answer("a", 1);
	put("\xc0", 1);
}
static void too_many_pointers(void)
{
	put_answer("a", 2);
	put_name("other");
	put_16(16); /* text, which has the pointers */
	put_16(1);
	put_16(0);
	put_16(0);
	put_16(2 * (DNS_JUMPS + 260));
	for (unsigned int i = 0, to = 12; i < DNS_JUMPS + 260; i++) {
		unsigned int here = (unsigned int)len;

		put_16(0xc000 | to);
		to = here;
	}
	put_16(0xc000 | (unsigned int)(len - 2));
	put_record(1, 1, 60, address4, 4);
}
/* An alias to bytes that may be no name, and an address of whatever they are. */
static void put_alias(const void *bytes, size_t n)
{
	unsigned int at;

	put_answer("a", 2);
	put_name("a");
	at = (unsigned int)len + 10;
	put_record(5, 1, 60, bytes, n);
	put_16(0xc000 | at);
	put_record(1, 1, 60, address4, 4);
}
static void alias_of_256_bytes(void)
{
	char name[256] = "";

	name[0] = 2;
	for (int i = 1; i < 255; i++)
		name[i] = i < 3 ? 'x' : i & 1 ? 1 : 'x';
	put_alias(name, sizeof(name));
}
static void alias_with_a_label_of_64(void)
{
	char name[66] = "\x40";

	memset(name + 1, 'x', 64);
	put_alias(name, sizeof(name));
}
static void label_of_64(void)
{
	put_answer("a", 1);
	put("\x40", 1);
	for (int i = 0; i < 64; i++)
		put("x", 1);
	put("", 1);
	put_record(1, 1, 60, address4, 4);
}
static void name_of_256(void)
{
	char name[255] = "";

	for (int i = 0; i < 127; i++)
		strcat(name, i ? ".x" : "xx");
	put_answer(name, 1);
	put_address(60);
}
static void other_name(void)
{
	put_answer("a", 1);
	put_name("b");
	put_record(1, 1, 60, address4, 4);
}
static void name_above(void)
{
	put_answer("a.b", 1);
	put("\xc0\x0e", 2);
	put_record(1, 1, 60, address4, 4);
}
static void dot_in_a_label(void)
{
	put_answer("a.b", 1);
	put("\3a.b", 5);
	put_record(1, 1, 60, address4, 4);
}
static void alias_of_another(void)
{
	put_answer("a", 2);
	put_name("b");
	put_record(5, 1, 60, "\1c", 3);
	put_name("c");
	put_record(1, 1, 60, address4, 4);
}
static void alias_behind_its_address(void)
{
	put_answer("a", 2);
	put_name("b");
	put_record(1, 1, 60, address4, 4);
	put_name("a");
	put_record(5, 1, 60, "\1b", 3);
}
static void alias_with_more(void)
{
	put_answer("a", 2);
	put_name("a");
	put_record(5, 1, 60, "\1b\0x", 4);
	put_name("b");
	put_record(1, 1, 60, address4, 4);
}
static void alias_with_less(void)
{
	put_answer("a", 2);
	put_name("a");
	put_record(5, 1, 60, "\1b", 2);
	put_name("b");
	put_record(1, 1, 60, address4, 4);
}
static void old_address_of_an_alias(void)
{
	put_answer("a", 2);
	put_name("a");
	put_record(5, 1, 60, "\1b", 3);
	put_name("a");
	put_record(1, 1, 60, address4, 4);
}
static void address_of_3(void)
{
	put_answer("a", 1);
	put("\xc0\x0c", 2);
	put_record(1, 1, 60, address4, 3);
}
static void address_of_5(void)
{
	put_answer("a", 1);
	put("\xc0\x0c", 2);
	put_record(1, 1, 60, address6, 5);
}
static void other_type(void)
{
	put_answer("a", 1);
	put("\xc0\x0c", 2);
	put_record(28, 1, 60, address6, 16);
}
static void record_past_the_end(void)
{
	put_answer("a", 1);
	put_address(60);
	len--;
}
static void half_a_record(void)
{
	put_answer("a", 1);
	put_address(60);
	len -= 6;
}
static void no_record(void)
{
	put_answer("a", 1);
}
static void behind_the_last_record(void)
{
	put_answer("a", 200);
	for (int i = 0; i < 32; i++) {
		put_name("b");
		put_record(1, 1, 60, address4, 4);
	}
	put_address(60);
}
static void in_another_section(void)
{
	put_answer("a", 0);
	put_address(60);
}

static void learns_nothing(void **state)
{
#define CASE(name)                                                                                                     \
	{                                                                                                              \
#name, name                                                                                            \
	}
	static const struct {
		const char *name;
		void (*make)(void);
	} cases[] = {
		CASE(no_answer),
		CASE(query),
		CASE(other_opcode),
		CASE(no_such_name),
		CASE(no_question),
		CASE(two_questions),
		CASE(cut_short),
		CASE(chaos_question),
		CASE(chaos_record),
		CASE(only_a_head),
		CASE(less_than_a_head),
		CASE(question_without_end),
		CASE(question_without_class),
		CASE(pointer_in_question),
		CASE(pointer_to_the_head),
		CASE(pointer_to_itself),
		CASE(pointers_in_a_circle),
		CASE(pointer_forward),
		CASE(half_a_pointer),
		CASE(too_many_pointers),
		CASE(label_of_64),
		CASE(name_of_256),
		CASE(other_name),
		CASE(name_above),
		CASE(dot_in_a_label),
		CASE(alias_of_another),
		CASE(alias_behind_its_address),
		CASE(alias_with_more),
		CASE(alias_with_less),
		CASE(old_address_of_an_alias),
		CASE(alias_of_256_bytes),
		CASE(alias_with_a_label_of_64),
		CASE(address_of_3),
		CASE(address_of_5),
		CASE(other_type),
		CASE(record_past_the_end),
		CASE(half_a_record),
		CASE(no_record),
		CASE(behind_the_last_record),
		CASE(in_another_section),
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		cases[i].make();
		read_answer();
		assert_case(!n_found, cases[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learns_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
