// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as a list of each kind. Nothing may crash; what is accepted is canonical, and restore reads it as the same
 * prefix; merged it is the same addresses; and what is refused is told in few words that are safe to print.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/bad_lines.h"
#include "rule/file.h"
#include "rule/foreign_guess.h"
#include "rule/foreign_list.h"
#include "rule/merge.h"

#define MAX_CHECK 64 /* prefixes of one input */

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                        \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

struct taken {
	struct prefix prefixes[MAX_CHECK + 1];
	size_t n;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int keep_rule(void *arg, const struct rule_spec *spec, size_t line, struct error *err)
{
	struct prefix *prefix = arg;

	(void)err;
	CHECK(line == 1);
	*prefix = spec->prefix;
	return 0;
}

/* As restore reads what import prints of it. */
static void check_line(const struct prefix *prefix)
{
	static struct error err;
	char text[PREFIX_TEXT_SIZE];
	struct prefix again = {};
	const struct rules_file file = {.name = "again", .set = "feed", .rule = keep_rule, .arg = &again};

	err.code = ERR_NONE;
	prefix_format(prefix, true, text);
	CHECK(!rules_text_read(&file, text, strlen(text), &err) && prefix_equal(prefix, &again));
}

static int take(void *arg, const struct prefix *prefix, uint64_t timeout, struct error *err)
{
	struct taken *taken = arg;

	(void)err;
	CHECK(prefix->len <= 128 && timeout <= UINT32_MAX);
	for (unsigned int bit = prefix->len; bit < 128; bit++)
		CHECK(!(prefix->ip.b[bit / 8] & 0x80 >> bit % 8));
	if (taken->n == MAX_CHECK)
		return 0;
	check_line(prefix);
	taken->prefixes[taken->n++] = *prefix;
	return 0;
}

static void check_merged(struct taken *taken)
{
	struct taken merged = *taken;

	merged.n = prefixes_merge(merged.prefixes, merged.n);
	CHECK(merged.n <= taken->n && !merged.n == !taken->n);
	for (size_t i = 0; i < taken->n; i++) {
		size_t in = 0;

		for (size_t k = 0; k < merged.n; k++)
			in += prefix_contains(&merged.prefixes[k], &taken->prefixes[i]);
		CHECK(in == 1);
	}
	for (size_t i = 0; i < merged.n; i++)
		check_line(&merged.prefixes[i]);
}

static void check_message(const char *text)
{
	CHECK(*text);
	for (const char *at = text; *at; at++)
		CHECK(*at == '\n' || ((unsigned char)*at >= ' ' && *at != 0x7f));
}

static void as_list(enum foreign_format format, const char *column, const char *text, size_t size)
{
	static struct bad_lines bad;
	static struct error err, lines;
	struct taken taken = {};
	struct foreign_counts counts = {};
	const struct foreign_list list = {.name = "fuzz",
					  .format = format,
					  .columns = &column,
					  .n_columns = column != NULL,
					  .entry = take,
					  .arg = &taken,
					  .counts = &counts,
					  .bad = &bad};
	uint64_t left_out = counts.without;

	bad = (struct bad_lines){};
	err.code = lines.code = ERR_NONE;
	if (foreign_list_text(&list, text, size, &err)) {
		CHECK(err.code == ERR_INPUT || err.code == ERR_USAGE);
		return;
	}
	for (int i = 0; i < FOREIGN_REASONS; i++)
		left_out += counts.bad[i];
	CHECK(left_out <= counts.read && bad.n == left_out);
	if (bad_lines_end(&bad, &lines))
		check_message(lines.text);
	check_merged(&taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const columns[] = {NULL, "2", "ip", "/a/ip", "/0", ""};
	const char *text = (const char *)data;
	char advice[512];
	struct foreign_guess guess = foreign_guess(text, size, true);

	foreign_advice(&guess, "fuzz", NULL, advice, sizeof(advice));
	foreign_is_strange(text, size);
	for (int format = 0; format <= FOREIGN_UNSAID; format++) {
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			as_list((enum foreign_format)format, columns[i], text, size);
	}
	return 0;
}
