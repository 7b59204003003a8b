// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bad_lines.h"
#include "error.h"
#include "text.h"

#define MAX_MESSAGE 320 /* the most bytes about one bad line, so that all reported lines fit */
#define MORE_SIZE   32	/* "\nand N more" */

/* Escapes here, so that a newline inside a word cannot look like a line break of ours. */
void bad_line(struct bad_lines *bad, const char *name, size_t line, const char *what)
{
	size_t room = sizeof(bad->report.text) - MORE_SIZE - bad->used;
	char *plain_name, *text;
	int len;

	/* After the first line that does not fit, the rest are only counted. */
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

void bad_file(struct bad_lines *bad, const char *name, const char *what)
{
	char *plain_name = text_escape(name), *text = text_escape(what);
	size_t used = strlen(bad->files);
	int len = snprintf(bad->files + used, sizeof(bad->files) - used, "\n%s: %s", plain_name ? plain_name : "",
			   text ? text : "");

	/* One that is cut short could mislead. */
	if ((size_t)len >= sizeof(bad->files) - used)
		bad->files[used] = '\0';
	free(plain_name);
	free(text);
}

int bad_lines_end(struct bad_lines *bad, struct error *err)
{
	if (bad->n > bad->told)
		sprintf(bad->report.text + bad->used, "%sand %zu more", bad->used ? "\n" : "", bad->n - bad->told);
	if (strlen(bad->report.text) + strlen(bad->files) < sizeof(bad->report.text))
		strcat(bad->report.text, bad->files);
	return bad->n ? error_set_lines(err, ERR_INPUT, bad->report.text) : 0;
}
