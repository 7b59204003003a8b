// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include "rule/name.h"
#include "decode.h"
#include "names.h"
#include "names_read.h"

int names_read(struct tables *t)
{
	const struct subject *everyone = t->header && t->header->subjects ? decode_subject_at(t, 0) : NULL;
	uint32_t line = everyone ? everyone->name_line : 0, n = everyone ? everyone->names : 0;
	char text[NAME_TEXT_SIZE];
	union ip ignored;

	for (uint32_t i = 0; line && i < n; i++) {
		int ret = decode_text(t, line, text, sizeof(text)) ? name_remember(text, &ignored) : -EPROTO;

		if (ret)
			return ret;
		line += names_lines(text);
	}
	return 0;
}
