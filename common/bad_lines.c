// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bad_lines.h"
#include "text.h"

#define MAX_MESSAGE 320 /* bytes told of one bad line, so that all those that are told fit */
#define MORE_SIZE   32	/* "\nand N more" */

/* Escaped here, so that no newline in a word can pass for one in between. */
void bad_line(struct bad_lines *bad, const char *name, size_t line, const char *what)
{
	size_t room = sizeof(bad->report.text) - MORE_SIZE - bad->used;
	char *plain_name, *text;
	int len;

	/* Once one did not fit, those behind it are only counted too. */
	if (bad->n++ != bad->told || bad->told == BAD_LINES_TOLD)
		return;
	plain_name = text_escape(name);
	text = text_escape(what);
	len = snprintf(bad->report.text + bad->used, room, "%s%.4096s:%zu: %.*s%s", bad->used ? "\n" : "",
		       plain_name ? plain_name : "", line, MAX_MESSAGE, text ? text : "",
		       text && strlen(text) > MAX_MESSAGE ? "..." : "");
	free(plain_name);
	free(text);
	if ((size_t)len < room) {
		bad->used += (size_t)len;
		bad->told++;
	}
	bad->report.text[bad->used] = '\0';
}

int bad_lines_end(struct bad_lines *bad, struct error *err)
{
	if (bad->n > bad->told)
		sprintf(bad->report.text + bad->used, "%sand %zu more", bad->used ? "\n" : "", bad->n - bad->told);
	return bad->n ? error_set_lines(err, ERR_INPUT, bad->report.text) : 0;
}
