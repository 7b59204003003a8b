// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads JSON: one document, or one on each line. One document can hold ten million addresses, so it never stands in
 * memory as a whole: this code follows the brackets, and jansson reads each string, number and word.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <jansson.h>
#include "base/num.h"
#include "foreign_json.h"

#define MAX_DEPTH    64
#define MAX_POINTERS 16
#define MAX_TOKEN    FOREIGN_MAX_LINE
#define MAX_PATH     256 /* bytes, to suggest in a message */
#define MAX_FOUND    512
#define OFF_THE_WAY  UINT8_MAX

/* For each pointer: how many of its parts lead here, or OFF_THE_WAY. */
struct ways {
	uint8_t at[MAX_POINTERS];
};

struct pointer {
	char *text; /* the parts, each ended by a NUL */
	const char *parts[MAX_DEPTH];
	size_t n;
};

struct reading {
	struct foreign *f;
	struct pointer pointers[MAX_POINTERS];
	size_t n;
	size_t depth;
	char path[MAX_PATH];   /* the place in the document, kept only without pointers */
	char found[MAX_FOUND]; /* options for the places of addresses, to suggest */
	char token[MAX_TOKEN + 1];
};

static int take_value(struct reading *r, const struct ways *ways);

/* Returns the next character without taking it, or EOF; -2 with the error set. */
static int peek(struct reading *r)
{
	struct foreign_lines *lines = &r->f->lines;

	if (lines->at == lines->have) {
		int ret = foreign_fill(lines, r->f->err);

		if (ret <= 0)
			return ret ? -2 : EOF;
	}
	return (unsigned char)lines->text[lines->at];
}

static void take(struct reading *r)
{
	struct foreign_lines *lines = &r->f->lines;

	lines->line += lines->text[lines->at++] == '\n';
}

/* Skips blanks, then does the same. */
static int peek_token(struct reading *r)
{
	int c;

	while ((c = peek(r)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		take(r);
	return c;
}

static int broken(struct reading *r, int c)
{
	if (c == -2)
		return -1;
	if (c == EOF)
		return foreign_fail(r->f, "the JSON is cut off here");
	return foreign_fail(r->f, "no JSON, near '%c'", c);
}

/* Reads a string, a number or a word by jansson. NULL with the error set. */
static json_t *take_token(struct reading *r)
{
	bool string = peek(r) == '"', escaped = false;
	size_t len = 0;
	json_t *value;
	json_error_t why;
	int c;

	do {
		c = peek(r);
		if (c < 0 && (string || c != EOF)) {
			broken(r, c);
			return NULL;
		}
		if (!string && (c == EOF || strchr(" \t\r\n,:[]{}\"", c)))
			break;
		if (len == MAX_TOKEN) {
			foreign_fail(r->f, "a string of more than %d bytes", MAX_TOKEN);
			return NULL;
		}
		r->token[len++] = (char)c;
		take(r);
		if (len > 1 && string && c == '"' && !escaped)
			break;
		escaped = c == '\\' && !escaped;
	} while (true);
	r->token[len] = '\0';
	value = json_loadb(r->token, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	if (!value)
		foreign_fail(r->f, "no JSON, near '%.32s'", len ? r->token : "");
	return value;
}

/* Returns whether a pointer ends here. */
static bool is_wanted(const struct reading *r, const struct ways *ways)
{
	for (size_t i = 0; i < r->n; i++) {
		if (ways->at[i] == r->pointers[i].n)
			return true;
	}
	return false;
}

/* Returns whether a pointer leads on from here. */
static bool goes_on(const struct reading *r, const struct ways *ways)
{
	for (size_t i = 0; i < r->n; i++) {
		if (ways->at[i] < r->pointers[i].n)
			return true;
	}
	return false;
}

static void without(struct reading *r)
{
	r->f->list->counts->read++;
	r->f->list->counts->without++;
}

/* Remembers the place of an address, to suggest it. */
static void suggest(struct reading *r, const char *text)
{
	const struct foreign_field field = {text, strlen(text)};
	char option[MAX_PATH + 16];

	if (!foreign_is_address(&field))
		return;
	snprintf(option, sizeof(option), "--column %s ", r->path);
	if (!strstr(r->found, option) && strlen(r->found) + strlen(option) < sizeof(r->found))
		strcat(r->found, option);
}

static int take_scalar(struct reading *r, const struct ways *ways)
{
	json_t *value = take_token(r);
	int ret = 0;

	if (!value)
		return -1;
	if (is_wanted(r, ways)) {
		if (json_is_string(value))
			ret = foreign_entry(r->f, json_string_value(value), json_string_length(value), 0);
		else
			ret = foreign_bad(r->f, FOREIGN_NO_ADDRESS, "no address, near '%.64s': an address is a string",
					  r->token);
	} else if (goes_on(r, ways)) {
		without(r);
	} else if (json_is_string(value) && !r->n) {
		suggest(r, json_string_value(value));
	}
	json_decref(value);
	return ret;
}

/* Returns whether a part of a pointer is the number of an element. */
static bool is_number(const char *part, uint64_t *number)
{
	return !num_parse(part, UINT64_MAX, number);
}

/* A pointer without an element's number leads on from each element. */
static struct ways into_element(const struct reading *r, const struct ways *ways, uint64_t i)
{
	struct ways inside = *ways;
	uint64_t number;

	for (size_t p = 0; p < r->n; p++) {
		if (inside.at[p] >= r->pointers[p].n || !is_number(r->pointers[p].parts[inside.at[p]], &number))
			continue;
		inside.at[p] = number == i ? (uint8_t)(inside.at[p] + 1) : OFF_THE_WAY;
	}
	return inside;
}

static int take_array(struct reading *r, const struct ways *ways)
{
	int c;

	take(r);
	c = peek_token(r);
	for (uint64_t i = 0; c != ']'; i++) {
		struct ways inside = into_element(r, ways, i);

		if (take_value(r, &inside))
			return -1;
		c = peek_token(r);
		if (c != ',' && c != ']')
			return broken(r, c);
		if (c == ',') {
			take(r);
			c = peek_token(r);
			if (c == ']')
				return broken(r, c);
		}
	}
	take(r);
	return 0;
}

/* Reads the member's name, and moves the pointers on. *met: at least one leads there. */
static int take_key(struct reading *r, const struct ways *ways, struct ways *inside, bool *met)
{
	int c = peek_token(r);
	json_t *key;

	if (c != '"')
		return broken(r, c);
	key = take_token(r);
	if (!key)
		return -1;
	for (size_t p = 0; p < r->n; p++) {
		const struct pointer *pointer = &r->pointers[p];

		inside->at[p] = OFF_THE_WAY;
		if (ways->at[p] >= pointer->n || strcmp(json_string_value(key), pointer->parts[ways->at[p]]) != 0)
			continue;
		inside->at[p] = (uint8_t)(ways->at[p] + 1);
		*met = true;
	}
	if (!r->n && strlen(r->path) + json_string_length(key) + 2 < sizeof(r->path))
		sprintf(r->path + strlen(r->path), "/%s", json_string_value(key));
	json_decref(key);
	c = peek_token(r);
	if (c != ':')
		return broken(r, c);
	take(r);
	return 0;
}

static int take_object(struct reading *r, const struct ways *ways)
{
	bool met = false, wanted = is_wanted(r, ways);
	size_t before = strlen(r->path);
	int c;

	if (wanted)
		foreign_bad(r->f, FOREIGN_NO_ADDRESS,
			    "no address, near '{': a pointer ends at a string, or at an array of them");
	take(r);
	c = peek_token(r);
	while (c != '}') {
		struct ways inside = {};

		if (take_key(r, ways, &inside, &met) || take_value(r, &inside))
			return -1;
		r->path[before] = '\0';
		c = peek_token(r);
		if (c != ',' && c != '}')
			return broken(r, c);
		if (c == ',') {
			take(r);
			c = peek_token(r);
			if (c == '}')
				return broken(r, c);
		}
	}
	take(r);
	if (!met && !wanted && goes_on(r, ways))
		without(r);
	return 0;
}

static int take_value(struct reading *r, const struct ways *ways)
{
	int c = peek_token(r), ret;

	if (c < 0)
		return broken(r, c);
	if (c != '[' && c != '{')
		return take_scalar(r, ways);
	if (++r->depth > MAX_DEPTH)
		return foreign_fail(r->f, "JSON of more than %d brackets within each other", MAX_DEPTH);
	ret = c == '[' ? take_array(r, ways) : take_object(r, ways);
	r->depth--;
	return ret;
}

/* Splits "/a/b~1c" into its parts, as in RFC 6901. */
static int parse_pointer(struct foreign *f, const char *text, struct pointer *to)
{
	const char *from = text;
	char *put;

	if (*text && *text != '/')
		return error_set(f->err, ERR_USAGE,
				 "bad --column, near '%.64s': for JSON it is a pointer, such as /prefixes/ip_prefix",
				 text);
	put = to->text = malloc(strlen(text) + 2);
	if (!put)
		return error_errno(f->err, ENOMEM, "cannot read %s", f->list->name);
	while (*from) {
		if (to->n == MAX_DEPTH)
			return error_set(f->err, ERR_USAGE, "bad --column, near '%.64s': more than %d parts", text,
					 MAX_DEPTH);
		to->parts[to->n++] = put;
		for (from++; *from && *from != '/'; from++) {
			bool tilde = *from == '~' && (from[1] == '0' || from[1] == '1');

			from += tilde;
			*put++ = !tilde ? *from : *from == '0' ? '~' : '/';
		}
		*put++ = '\0';
	}
	return 0;
}

static int ask_for_pointer(struct reading *r)
{
	struct foreign *f = r->f;

	if (r->found[0])
		r->found[strlen(r->found) - 1] = '\0';
	else
		strcpy(r->found, "--column POINTER (such as /prefixes/ip_prefix)");
	return error_set(f->err, ERR_INPUT, "%s is JSON: say where the addresses are, with %s", f->list->name,
			 r->found);
}

/* Peeks at the start: returns whether the array's first element is no object, so that all can be addresses. */
static bool is_array_of_strings(const struct reading *r)
{
	const struct foreign_lines *lines = &r->f->lines;

	for (size_t at = lines->at; at < lines->have; at++) {
		if (!strchr("[ \t\r\n", lines->text[at]))
			return lines->text[at] != '{';
	}
	return false;
}

static int read_all(struct reading *r)
{
	struct ways ways = {};
	bool ask = false;
	int c = peek_token(r);

	if (!r->n) {
		ask = !is_array_of_strings(r);
		r->n = !ask; /* a pointer without parts: the whole document */
	}
	for (; c >= 0; c = peek_token(r)) {
		if (take_value(r, &ways))
			return -1;
	}
	if (c != EOF)
		return -1;
	return ask ? ask_for_pointer(r) : 0;
}

int foreign_read_json(struct foreign *f)
{
	struct reading *r;
	int ret = 0;

	if (f->list->n_columns > MAX_POINTERS)
		return error_set(f->err, ERR_USAGE, "more than %d pointers, near '%.64s'", MAX_POINTERS,
				 f->list->columns[MAX_POINTERS]);
	r = calloc(1, sizeof(*r));
	if (!r)
		return error_errno(f->err, ENOMEM, "cannot read %s", f->list->name);
	r->f = f;
	f->lines.line = 1;
	for (size_t i = 0; i < f->list->n_columns && !ret; i++)
		ret = parse_pointer(f, f->list->columns[r->n++], &r->pointers[i]);
	if (!ret)
		ret = read_all(r);
	for (size_t i = 0; i < r->n; i++)
		free(r->pointers[i].text);
	free(r);
	return ret;
}
